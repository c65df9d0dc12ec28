package password_test

import (
	"context"
	"fmt"
	"time"

	"github.com/keywright/keywright/authenticators/password"
)

// A password authenticator with sign-up, and a ready account for a seed.
func Example() {
	a, err := password.New(password.Options{SignUp: true, ServiceWords: []string{"Lighthouse"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	change, err := a.Account(context.Background(), "Mara Lind", "Mara@example.com", "lantern orbit velvet cascade", time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	// Give it to a store: CreateAccount(ctx, change).
	fmt.Println(a.Method(), change.PutIdentifiers[0].Value, change.Account.EmailVerified)
	// Output: password mara@example.com true
}
