// Command cmd writes the reference pages of the documentation.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/keywright/keywright/internal/reference"
)

func main() {
	pages, err := reference.Pages(".")
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range pages {
		if err := os.MkdirAll(filepath.Dir(p.Path), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(p.Path, []byte(p.Text), 0o600); err != nil {
			log.Fatal(err)
		}
	}
}
