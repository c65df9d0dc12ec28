package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/keywright/keywright/core"
)

//go:embed assets
var defaultAssets embed.FS

// Names of our own files, before the hash is put in.
const (
	fileStyle  = "keywright.css"
	fileScript = "keywright.js"
	fileIcon   = "mark.svg"
)

// assets are files by hashed name, and the hashed name of each file.
type assets struct {
	served map[string]core.Asset
	hashed map[string]string
}

func loadAssets(overlay fs.FS) (assets, error) {
	a := assets{served: map[string]core.Asset{}, hashed: map[string]string{}}
	ours, err := fs.Sub(defaultAssets, "assets")
	if err != nil {
		return a, err
	}
	if err := a.add(ours); err != nil || overlay == nil {
		return a, err
	}
	return a, a.add(overlay)
}

func (a assets) add(from fs.FS) error {
	entries, err := fs.ReadDir(from, ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		raw, err := fs.ReadFile(from, e.Name())
		if err != nil {
			return err
		}
		kind, err := contentType(e.Name(), raw)
		if err != nil {
			return err
		}
		name := hashedName(e.Name(), raw)
		a.hashed[e.Name()] = name
		a.served[name] = core.Asset{ContentType: kind, Bytes: raw}
	}
	return nil
}

// hashedName puts the first 10 hex digits of the SHA-256 before the extension.
func hashedName(name string, raw []byte) string {
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + "." + shortHash(raw) + ext
}

func shortHash(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:5])
}

// contentType of a file by its extension. Pictures that can carry script are
// refused if they do (XSS03).
func contentType(name string, raw []byte) (string, error) {
	switch strings.ToLower(path.Ext(name)) {
	case ".css":
		return "text/css; charset=utf-8", nil
	case ".js":
		return "text/javascript; charset=utf-8", nil
	case ".png":
		return "image/png", nil
	case ".jpg", ".jpeg":
		return "image/jpeg", nil
	case ".webp":
		return "image/webp", nil
	case ".woff2":
		return "font/woff2", nil
	case ".svg":
		if word := activeSVG(raw); word != "" {
			return "", fmt.Errorf("asset %s: holds %q; a drawing must not carry script or load anything", name, word)
		}
		return "image/svg+xml", nil
	}
	return "", fmt.Errorf("asset %s: kind of file not served; use png, jpeg, webp, svg, css or woff2", name)
}

func activeSVG(raw []byte) string {
	low := bytes.ToLower(raw)
	for _, word := range [...]string{"<script", "javascript:", "<foreignobject", "<!entity", "<iframe", "onload", "onclick", "onerror", "onmouse", "onbegin", "onfocus", "<handler"} {
		if bytes.Contains(low, []byte(word)) {
			return word
		}
	}
	return ""
}

// Asset answers a file by its hashed name, or the stylesheet of a brand, which
// is made again from what its name says.
func (u *UI) Asset(name string) (core.Asset, bool) {
	if a, ok := u.assets.served[name]; ok {
		return a, true
	}
	css, ok := u.brands.byName(name)
	if !ok {
		return core.Asset{}, false
	}
	return core.Asset{ContentType: "text/css; charset=utf-8", Bytes: css}, true
}

// picture is the URL of a logo: a path on this origin, or one of our assets.
func (u *UI) picture(base, logo string) string {
	if hashed, ok := u.assets.hashed[logo]; ok {
		return base + "/assets/" + hashed
	}
	if strings.HasPrefix(logo, "/") && safeLink(logo) != "" {
		return logo
	}
	return ""
}
