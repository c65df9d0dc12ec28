//go:build unix

package dbserver

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// account is who a server runs as. Where this process is root it is somebody
// without privileges, since Postgres refuses to run as root.
type account struct {
	uid, gid uint32
	other    bool // than this process
}

// accountFor chooses the account that the packages of a server make, or nobody.
func accountFor(kind string) (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{kind, "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return account{}, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		return account{uid: uint32(uid), gid: uint32(gid), other: true}, err
	}
	return account{}, fmt.Errorf("dbserver: %s does not run as root, and this machine has no user %q or \"nobody\"", kind, kind)
}

// credential is nil where a server runs as this process does.
func (a account) credential() *syscall.Credential {
	if !a.other {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// own gives a file or folder to the account.
func (a account) own(path string) error {
	if !a.other {
		return nil
	}
	return os.Chown(path, int(a.uid), int(a.gid))
}
