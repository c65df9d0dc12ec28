package saml

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"math/big"
	"slices"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// The algorithms of a signature that are accepted (SM-06).
const (
	rsaSHA256   = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	rsaSHA384   = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"
	rsaSHA512   = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
	ecdsaSHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
	ecdsaSHA384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"
	ecdsaSHA512 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"

	enveloped          = nsSignature + "enveloped-signature"
	exclusive          = nsExclusive
	exclusiveWithNotes = nsExclusive + "WithComments"
)

// method gives the hash of a signature method, and whether it is of an elliptic
// curve.
func method(algorithm string) (hash crypto.Hash, curve, ok bool) {
	switch algorithm {
	case rsaSHA256:
		return crypto.SHA256, false, true
	case rsaSHA384:
		return crypto.SHA384, false, true
	case rsaSHA512:
		return crypto.SHA512, false, true
	case ecdsaSHA256:
		return crypto.SHA256, true, true
	case ecdsaSHA384:
		return crypto.SHA384, true, true
	case ecdsaSHA512:
		return crypto.SHA512, true, true
	}
	return 0, false, false
}

func digests() []string {
	return []string{
		"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512",
	}
}

// verify checks the one signature of an element with the keys given, and returns
// the element as it was signed: parsed again from the bytes that verified, without
// the signature. Nothing else of the message may be read after it (SM-03). What
// the signature says of its own key is not looked at (SM-02).
func verify(e *etree.Element, keys []*x509.Certificate) (_ *etree.Element, err error) {
	defer contained(&err)
	e, err = detached(e)
	if err != nil {
		return nil, because(reasonMalformed, err)
	}
	signature, err := ownSignature(e)
	if err != nil {
		return nil, err
	}
	algorithm, err := checkSignature(signature, attribute(e, "ID"))
	if err != nil {
		return nil, err
	}
	var last error
	for _, key := range keys {
		verified, err := verifyBy(e, algorithm, key)
		if err != nil {
			last = err
			continue
		}
		if verified.Tag != e.Tag || attribute(verified, "ID") != attribute(e, "ID") {
			return nil, refuse(reasonWrapped, "what was signed is another element")
		}
		return verified, nil
	}
	return nil, because(reasonSignature, errors.Join(errors.New("made by no key of the metadata"), last))
}

// detached is a copy of an element that declares all that it uses.
func detached(e *etree.Element) (*etree.Element, error) {
	around, err := etreeutils.NSBuildParentContext(e)
	if err != nil {
		return nil, err
	}
	if around, err = around.SubContext(e); err != nil {
		return nil, err
	}
	return etreeutils.NSDetatch(around, e)
}

// ownSignature is the one signature that is a child of the element.
func ownSignature(e *etree.Element) (*etree.Element, error) {
	switch all := children(e, nsSignature, "Signature"); len(all) {
	case 0:
		return nil, refuse(reasonUnsigned, "%s has no signature", e.Tag)
	case 1:
		return all[0], nil
	}
	return nil, refuse(reasonWrapped, "several signatures")
}

// checkSignature accepts the one shape that SAML signatures have (SAML-C section
// 5.4): one reference, to the element around it, by its id; enveloped, exclusive
// canonicalization; SHA-256 or better.
func checkSignature(s *etree.Element, id string) (algorithm string, err error) {
	for _, c := range s.ChildElements() {
		if !slices.Contains([]string{"SignedInfo", "SignatureValue", "KeyInfo"}, c.Tag) || c.NamespaceURI() != nsSignature {
			return "", refuse(reasonWrapped, "%s inside the signature", c.Tag)
		}
	}
	info := only(s, nsSignature, "SignedInfo")
	if info == nil || only(s, nsSignature, "SignatureValue") == nil || len(children(s, nsSignature, "KeyInfo")) > 1 {
		return "", refuse(reasonWrapped, "a signature of another shape")
	}
	canonical, made := only(info, nsSignature, "CanonicalizationMethod"), only(info, nsSignature, "SignatureMethod")
	reference := only(info, nsSignature, "Reference")
	if canonical == nil || made == nil || reference == nil || len(info.ChildElements()) != 3 {
		return "", refuse(reasonWrapped, "not one reference")
	}
	algorithm = attribute(made, "Algorithm")
	if _, _, ok := method(algorithm); !ok || len(made.ChildElements()) > 0 {
		return "", refuse(reasonAlgorithm, "signature method %q", algorithm)
	}
	if a := attribute(canonical, "Algorithm"); a != exclusive && a != exclusiveWithNotes {
		return "", refuse(reasonAlgorithm, "canonicalization %q", a)
	}
	if !plainName.MatchString(id) || attribute(reference, "URI") != "#"+id {
		return "", refuse(reasonWrapped, "the signature points at something else")
	}
	return algorithm, checkReference(reference)
}

func checkReference(r *etree.Element) error {
	digest, transforms := only(r, nsSignature, "DigestMethod"), only(r, nsSignature, "Transforms")
	if digest == nil || transforms == nil || only(r, nsSignature, "DigestValue") == nil || len(r.ChildElements()) != 3 {
		return refuse(reasonWrapped, "a reference of another shape")
	}
	if a := attribute(digest, "Algorithm"); !slices.Contains(digests(), a) {
		return refuse(reasonAlgorithm, "digest %q", a)
	}
	steps := transforms.ChildElements()
	if len(steps) != 2 || !is(steps[0], nsSignature, "Transform") || !is(steps[1], nsSignature, "Transform") {
		return refuse(reasonAlgorithm, "not two transforms")
	}
	first, second := attribute(steps[0], "Algorithm"), attribute(steps[1], "Algorithm")
	if first != enveloped || second != exclusive && second != exclusiveWithNotes || len(steps[0].ChildElements()) > 0 {
		return refuse(reasonAlgorithm, "transforms %q and %q", first, second)
	}
	for _, c := range steps[1].ChildElements() {
		if !is(c, nsExclusive, "InclusiveNamespaces") {
			return refuse(reasonAlgorithm, "%s inside a transform", c.Tag)
		}
	}
	return nil
}

// verifyBy has the library verify with one key and no choice. The dates of a
// certificate are not asked: it is the metadata that says how long a key counts
// (SAML V2.0 Metadata Interoperability Profile section 2.6.1).
func verifyBy(e *etree.Element, algorithm string, key *x509.Certificate) (*etree.Element, error) {
	e = e.Copy()
	signature := only(e, nsSignature, "Signature")
	if info := only(signature, nsSignature, "KeyInfo"); info != nil {
		signature.RemoveChild(info)
	}
	value := only(signature, nsSignature, "SignatureValue")
	made, err := base64.StdEncoding.DecodeString(folding.Replace(text(value)))
	if err != nil {
		return nil, err
	}
	if made, err = withDER(made, algorithm, key); err != nil {
		return nil, err
	}
	value.SetText(base64.StdEncoding.EncodeToString(made))
	ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{key}})
	ctx.IdAttribute, ctx.Clock = "ID", dsig.NewFakeClockAt(key.NotBefore)
	return ctx.Validate(e)
}

// withDER turns the two numbers of XML Signature 1.1 section 6.4.3 into what the
// standard library reads. A method of another kind than the key is refused.
func withDER(made []byte, algorithm string, key *x509.Certificate) ([]byte, error) {
	_, curve, _ := method(algorithm)
	switch public := key.PublicKey.(type) {
	case *rsa.PublicKey:
		if !curve {
			return made, nil
		}
	case *ecdsa.PublicKey:
		size := (public.Curve.Params().BitSize + 7) / 8
		if curve && len(made) == 2*size {
			return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(made[:size]), new(big.Int).SetBytes(made[size:])})
		}
	}
	return nil, errors.New("saml: a method that is not of this key")
}

// verifyQuery checks the signature of the redirect binding over the query as it
// came.
func verifyQuery(q rawQuery, message string, keys []*x509.Certificate) error {
	signed, err := q.signed(message)
	if err != nil {
		return err
	}
	algorithm, err := q.value("SigAlg")
	if err != nil {
		return err
	}
	hash, _, ok := method(algorithm)
	if !ok {
		return refuse(reasonAlgorithm, "signature method %q", algorithm)
	}
	encoded, err := q.value("Signature")
	if err != nil {
		return err
	}
	made, err := base64.StdEncoding.DecodeString(folding.Replace(encoded))
	if err != nil {
		return refuse(reasonMalformed, "not base64")
	}
	h := hash.New()
	h.Write([]byte(signed))
	sum := h.Sum(nil)
	for _, key := range keys {
		der, err := withDER(made, algorithm, key)
		if err != nil {
			continue
		}
		right := false
		switch public := key.PublicKey.(type) {
		case *rsa.PublicKey:
			right = rsa.VerifyPKCS1v15(public, hash, sum, der) == nil
		case *ecdsa.PublicKey:
			right = ecdsa.VerifyASN1(public, sum, der)
		}
		if right {
			return nil
		}
	}
	return refuse(reasonSignature, "made by no key of the metadata")
}
