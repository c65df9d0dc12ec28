package sqlite

import (
	"fmt"
	"syscall"
)

// network file systems by their magic number in statfs(2).
var network = map[uint32]string{
	0x6969: "NFS", 0xff534d42: "CIFS", 0xfe534d42: "SMB2", 0x517b: "SMB", 0x00c36400: "Ceph",
}

// checkFileSystem refuses a file on a network file system.
func checkFileSystem(path string) error {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return nil // it opened: let SQLite judge
	}
	if name, ok := network[uint32(st.Type)]; ok {
		return fmt.Errorf("sqlite: %s is a network file system, whose locks cannot be trusted: use a local disk", name)
	}
	return nil
}
