package legacy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// person is who the old system says it is.
type person struct {
	ID    string `json:"id"` // never another's, never changes
	Email string `json:"email"`
	Name  string `json:"name"`
}

// errWrong: the old system does not know the name, or not with this password. It
// does not say which, and neither do we.
var errWrong = errors.New("legacy: not the right name and password")

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 10

// ask has the old system compare name and password.
func (a *Authenticator) ask(ctx context.Context, name, password string) (person, error) {
	body, err := json.Marshal(map[string]string{"name": name, "password": password})
	if err != nil {
		return person{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.options.URL, bytes.NewReader(body))
	if err != nil {
		return person{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+a.options.Token)
	answer, err := a.options.Client.Do(r)
	if err != nil {
		return person{}, errors.New("legacy: the old system does not answer") // without err: it may repeat the address
	}
	defer func() { _ = answer.Body.Close() }()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized:
		return person{}, errWrong
	default:
		return person{}, fmt.Errorf("legacy: the old system answers %d", answer.StatusCode)
	}
	var p person
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&p); err != nil || p.ID == "" {
		return person{}, errors.New("legacy: the old system's answer cannot be read")
	}
	return p, nil
}
