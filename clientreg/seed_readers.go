package clientreg

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// open is a file with a secret in it that everybody on the machine may read.
type open struct{ client, setting, file string }

// openFiles finds the files of secrets that everybody may read; and the seed file
// itself, if secrets stand in it. What cannot be looked at is named elsewhere.
func openFiles(seeds []Seed, folder, seedFile string) (found []open) {
	for _, s := range seeds {
		for _, secret := range append([]Secret{s.Secret}, s.Secrets...) {
			o := open{s.ID, "secret_file", secret.File}
			switch {
			case secret.File != "" && !filepath.IsAbs(secret.File):
				o.file = filepath.Join(folder, secret.File)
			case secret.Text != "":
				o.setting, o.file = "secret", seedFile
			}
			if everybodyReads(o.file) && !slices.Contains(found, o) {
				found = append(found, o)
			}
		}
	}
	return found
}

func everybodyReads(file string) bool {
	if file == "" || runtime.GOOS == "windows" { // where the bits say nothing
		return false
	}
	found, err := os.Stat(file)
	return err == nil && found.Mode().IsRegular() && found.Mode().Perm()&0o004 != 0
}

// warn tells of the files, not of what is in them.
func warn(log *slog.Logger, files []open) {
	if log == nil {
		return
	}
	for _, o := range files {
		log.Warn("a client's secret can be read by everybody on this machine: chmod o-r the file", "client", o.client, "setting", o.setting, "file", o.file)
	}
}
