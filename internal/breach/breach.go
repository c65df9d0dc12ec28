// Package breach looks passwords up in a list of known ones that the operator keeps as a file.
//
// The file holds upper- or lower-case SHA-1 digests in hexadecimal, one in each line, sorted, each followed by nothing or by a
// colon and a count: the form in which breach corpora are published. It is searched in place, whatever its size: about
// thirty short reads for a billion lines, and no memory. Nothing goes over a network (requirements PW-04 and PW-05, NIST SP
// 800-63B section 3.1.1.2).
package breach

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the form of the published lists; nothing rests on it
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrFormat means that the file is not a sorted list of SHA-1 digests. The text never holds a line of it.
var ErrFormat = errors.New("breach: not a sorted list of SHA-1 digests")

const (
	digits  = 2 * sha1.Size
	maxLine = 128 // with its line break
	probes  = 64
)

// List is a sorted list of digests. It is safe for use by many goroutines.
type List struct {
	file io.ReaderAt
	size int64
}

// New makes a list of the first size bytes of a file, after checking a sample of lines for their form and order. An empty file is
// an empty list.
func New(file io.ReaderAt, size int64) (*List, error) {
	l := &List{file: file, size: size}
	var last []byte
	for i := range int64(probes) {
		line, _, err := l.lineFrom(size / probes * i)
		if err != nil {
			return nil, err
		}
		if line == nil {
			break
		}
		if bytes.Compare(last, line) > 0 {
			return nil, ErrFormat
		}
		last = line
	}
	return l, nil
}

// Open makes a list of a file on disk. The caller closes it with Close.
func Open(path string) (*List, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	stat, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	l, err := New(file, stat.Size())
	if err != nil {
		file.Close()
		return nil, err
	}
	return l, nil
}

// Close closes the file, if the list was made of something that can be closed.
func (l *List) Close() error {
	if closer, ok := l.file.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// Contains reports whether the list holds a password, byte for byte. An error means that the list could not be read, which is no
// reason to turn the person away (requirement PW-05).
func (l *List) Contains(password string) (bool, error) {
	sum := sha1.Sum([]byte(password)) //nolint:gosec // see above
	wanted := make([]byte, digits)
	hex.Encode(wanted, sum[:])
	wanted = bytes.ToUpper(wanted)
	// The wanted line, if there is one, begins at or after low and before high.
	low, high := int64(0), l.size
	for low < high {
		middle := low + (high-low)/2
		line, next, err := l.lineFrom(middle)
		if err != nil {
			return false, err
		}
		switch order := bytes.Compare(line, wanted); {
		case line == nil || order > 0:
			high = middle
		case order == 0:
			return true, nil
		default:
			low = next
		}
	}
	return false, nil
}

// lineFrom returns the digest, in upper case, of the first line that begins at or after an offset, and where that line
// begins plus one. At the end of the file the digest is nil.
func (l *List) lineFrom(offset int64) (digest []byte, next int64, err error) {
	buffer := make([]byte, 2*maxLine)
	start := max(offset-1, 0) // a line begins at offset if the byte before it ends one
	n, err := l.file.ReadAt(buffer[:min(int64(len(buffer)), max(l.size-start, 0))], start)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, fmt.Errorf("breach: reading the list: %w", err)
	}
	rest := buffer[:n]
	if offset > 0 {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			if n > maxLine {
				return nil, 0, ErrFormat
			}
			return nil, l.size, nil
		}
		start, rest = start+int64(end)+1, rest[end+1:]
	}
	if len(rest) == 0 {
		return nil, l.size, nil
	}
	if len(rest) < digits || !isHex(rest[:digits]) || (len(rest) > digits && !bytes.ContainsAny(rest[digits:digits+1], ":\r\n")) {
		return nil, 0, ErrFormat
	}
	return bytes.ToUpper(rest[:digits]), start + 1, nil
}

func isHex(text []byte) bool {
	_, err := hex.Decode(make([]byte, digits/2), text)
	return err == nil
}
