package main

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"hash"
	"net"
	"os"
	"sync"
	"unsafe"
)

// end is one end of a connection with what it has read and written so far.
type end struct {
	role       string
	raw        net.Conn
	connection *tls.Conn
	first      byte

	readHash, writeHash   hash.Hash
	readBytes, writeBytes int
	withEnd, full, moved  int
}

var (
	allMutex sync.Mutex
	all      []*end
)

func newEnd(role string, raw net.Conn, connection *tls.Conn) *end {
	e := &end{role: role, raw: raw, connection: connection, readHash: sha256.New(), writeHash: sha256.New()}
	allMutex.Lock()
	all = append(all, e)
	allMutex.Unlock()
	return e
}

func (e *end) write(b []byte) {
	n, err := e.connection.Write(b)
	e.writeHash.Write(b[:n])
	e.writeBytes += n
	if err != nil {
		fail(err)
	}
}

// read is false at the end of the stream.
func (e *end) read(mode string) bool {
	if mode == "stack" {
		more := make(chan bool)
		go func() { more <- e.readOnStack(e.connection) }()
		return <-more
	}
	b := make([]byte, 1<<16)
	n, err := e.connection.Read(b)
	e.note(b[:n], err)
	return err == nil
}

// readOnStack: the compiler proves that the buffer does not escape, so it lies on the stack of a new goroutine, which
// is a few kilobytes. The first Read of a connection shakes hands in there.
//
//go:noinline
func (e *end) readOnStack(connection *tls.Conn) bool {
	var b [256]byte
	before := uintptr(unsafe.Pointer(&b))
	n, err := connection.Read(b[:])
	if n > 0 && uintptr(unsafe.Pointer(&b)) != before {
		e.moved++
	}
	// A copy: a hash is an interface and would move the buffer to the heap.
	e.note(append([]byte(nil), b[:n]...), err)
	return err == nil
}

func (e *end) note(b []byte, err error) {
	if e.readBytes == 0 && len(b) > 0 {
		e.first = b[0]
	}
	e.readHash.Write(b)
	e.readBytes += len(b)
	if len(b) > 0 && err != nil {
		e.withEnd++
	}
	if len(b) == 16384 {
		e.full++
	}
}

func report() {
	withEnd, full, moved := 0, 0, 0
	for _, e := range all {
		fmt.Printf("{\"type\":\"endpoint\",\"pid\":%d,\"role\":%q,\"fd\":-1,\"local\":%q,\"remote\":%q,", os.Getpid(), e.role, e.raw.LocalAddr(), e.raw.RemoteAddr())
		fmt.Printf("\"read\":{\"bytes\":%d,\"sha256\":%q},", e.readBytes, hex.EncodeToString(e.readHash.Sum(nil)))
		fmt.Printf("\"write\":{\"bytes\":%d,\"sha256\":%q}}\n", e.writeBytes, hex.EncodeToString(e.writeHash.Sum(nil)))
		withEnd, full, moved = withEnd+e.withEnd, full+e.full, moved+e.moved
	}
	fmt.Printf("{\"type\":\"done\",\"withEnd\":%d,\"full\":%d,\"moved\":%d}\n", withEnd, full, moved)
}
