package providertest

// What a person answers when pages ask.
type script struct {
	signUp   bool
	deny     bool
	remember bool
}

const maxPages = 15

// SignIn goes to an address of an application, signs in with the password where
// a page asks, and agrees. It stops where the provider asks no more.
func (b *Browser) SignIn(address string) Landing {
	b.person.provider.t.Helper()
	b.Open(address)
	return b.answer(script{})
}

// SignInAndRemember is SignIn, agreeing for next time too.
func (b *Browser) SignInAndRemember(address string) Landing {
	b.person.provider.t.Helper()
	b.Open(address)
	return b.answer(script{remember: true})
}

// SignUp goes to an address of an application, makes an account, proves the
// address with the code from the mailbox, and agrees.
func (b *Browser) SignUp(address string) Landing {
	b.person.provider.t.Helper()
	b.Open(address)
	return b.answer(script{signUp: true})
}

// Deny goes to an address of an application, signs in, and does not agree.
func (b *Browser) Deny(address string) Landing {
	b.person.provider.t.Helper()
	b.Open(address)
	return b.answer(script{deny: true})
}

// Continue goes on from the page the browser is at, as SignIn would.
func (b *Browser) Continue() Landing {
	b.person.provider.t.Helper()
	return b.answer(script{})
}

// answer fills in page after page until one is not the provider's to ask, or
// says that something is wrong.
func (b *Browser) answer(s script) Landing {
	b.person.provider.t.Helper()
	for range maxPages {
		before := b.landed
		if !b.answerPage(s) {
			return b.landed
		}
		if before.Page() == b.landed.Page() && b.landed.Status >= 400 {
			return b.landed // the answer was refused: it is for the test to say whether that is right
		}
	}
	b.person.provider.t.Fatalf("providertest: %s still asks after %d pages", b.landed.describe(), maxPages)
	return Landing{}
}

// answerPage answers one page; false where there is nothing to answer.
func (b *Browser) answerPage(s script) bool {
	b.person.provider.t.Helper()
	who := b.person
	switch b.landed.Page() {
	case "signin":
		if _, offered := b.landed.page.Link("signup"); s.signUp && offered {
			b.Follow("signup")
		} else {
			b.Submit("signin", map[string]string{"identifier": who.Email})
		}
	case "signup":
		b.Submit("signup", map[string]string{"name": who.Name, "email": who.Email, "password": who.Password})
	case "password":
		b.Submit("password-form", map[string]string{"password": who.Password})
	case "code":
		b.Submit("code-form", map[string]string{"code": who.provider.LastCode(who.Email)})
	case "accounts":
		b.chooseAccount()
	case "consent":
		b.decide(s)
	case "device_confirm":
		b.Submit("confirm", nil, "decision="+map[bool]string{true: "deny", false: "allow"}[s.deny])
	case "autopost":
		b.Submit("autopost", nil)
	case "signout":
		b.Submit("signout-form", nil, "decision=signout")
	default:
		return false
	}
	return true
}

// decide presses one of the two buttons of the consent page.
func (b *Browser) decide(s script) {
	b.person.provider.t.Helper()
	press, fields := "decision=allow", map[string]string{}
	if s.deny {
		press = "decision=deny"
	}
	form, _ := b.landed.page.Form("consent")
	if form.Has("remember") {
		fields["remember"] = map[bool]string{true: "1"}[s.remember]
	}
	if form.Has("mine") {
		fields["mine"] = "1"
	}
	b.Submit("consent", fields, press)
}

// chooseAccount presses the button that carries this person's address.
func (b *Browser) chooseAccount() {
	b.person.provider.t.Helper()
	if press := b.landed.Button("accounts", b.person.Email); press != "" {
		b.Submit("accounts", nil, press)
		return
	}
	b.Follow("another")
}
