package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math/rand"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
)

// endpoint is one end of one connection with what it has read and written so far.
// One goroutine reads and one writes; each touches only its own half.
type endpoint struct {
	role       string
	connection *tls.Conn
	raw        net.Conn
	descriptor int
	local      string
	remote     string
	random     *rand.Rand

	readHash   hash.Hash
	readBytes  int64
	reads      int64
	dataAndEnd int64
	expected   []byte // what the peer is known to send; compared as it arrives
	intact     bool

	writeHash    hash.Hash
	writtenBytes int64
	writes       int64

	failure string
}

var (
	endpointsMutex sync.Mutex
	endpoints      []*endpoint
	serving        sync.WaitGroup
)

func newEndpoint(role string, connection *tls.Conn, raw net.Conn, seed int64) *endpoint {
	e := &endpoint{
		role: role, connection: connection, raw: raw, descriptor: descriptorOf(raw),
		local: raw.LocalAddr().String(), remote: raw.RemoteAddr().String(),
		random: rand.New(rand.NewSource(seed)), readHash: sha256.New(), writeHash: sha256.New(), intact: true,
	}
	endpointsMutex.Lock()
	endpoints = append(endpoints, e)
	endpointsMutex.Unlock()
	return e
}

// descriptorOf needs syscall.Conn, which came with Go 1.9.
func descriptorOf(raw net.Conn) int {
	number := -1
	if source, ok := raw.(syscall.Conn); ok {
		if control, err := source.SyscallConn(); err == nil {
			control.Control(func(fd uintptr) { number = int(fd) })
		}
	}
	return number
}

// noteRead counts what a Read returned. Data may come together with io.EOF.
func (e *endpoint) noteRead(b []byte, n int, err error) {
	if n == 0 {
		return
	}
	e.readHash.Write(b[:n])
	e.readBytes += int64(n)
	e.reads++
	if err != nil {
		e.dataAndEnd++
	}
	if n > len(e.expected) || !bytes.Equal(b[:n], e.expected[:n]) {
		e.intact = false
		return
	}
	e.expected = e.expected[n:]
}

func (e *endpoint) read(b []byte) (int, error) {
	n, err := e.connection.Read(b)
	e.noteRead(b, n, err)
	return n, err
}

// readOnStack lends Read a buffer on the goroutine's stack: the compiler proves that it does not escape. What is noted
// is a copy, since a hash is an interface and would move the buffer to the heap.
//
//go:noinline
func (e *endpoint) readOnStack(connection *tls.Conn) (int, error) {
	var b [256]byte
	n, err := connection.Read(b[:])
	e.noteRead(append([]byte(nil), b[:n]...), n, err)
	return n, err
}

func (e *endpoint) write(b []byte) bool {
	n, err := e.connection.Write(b)
	if n > 0 {
		e.writeHash.Write(b[:n])
		e.writtenBytes += int64(n)
		e.writes++
	}
	if err != nil {
		e.note(err)
	}
	return err == nil
}

// forgetTraffic starts the result anew, for what happens after a late go-ahead.
func (e *endpoint) forgetTraffic() {
	e.readHash, e.writeHash = sha256.New(), sha256.New()
	e.readBytes, e.reads, e.writtenBytes, e.writes, e.dataAndEnd = 0, 0, 0, 0, 0
}

func (e *endpoint) note(err error) {
	if err != io.EOF && e.failure == "" {
		e.failure = err.Error()
	}
}

func finishServing() { serving.Wait() }

// releaseConnections lets the collector take the connections of a round, so that their memory is used again.
func releaseConnections() {
	if *abort {
		return
	}
	endpointsMutex.Lock()
	for _, e := range endpoints {
		e.connection, e.raw = nil, nil
	}
	endpointsMutex.Unlock()
	runtime.GC()
	runtime.GC()
}

func forget() {
	endpointsMutex.Lock()
	endpoints = nil
	endpointsMutex.Unlock()
}

func allIntact() bool {
	endpointsMutex.Lock()
	defer endpointsMutex.Unlock()
	for _, e := range endpoints {
		if !e.intact || e.failure != "" || len(e.expected) > 0 {
			return false
		}
	}
	return true
}

func report() {
	if !*repeat {
		for _, e := range endpoints {
			fmt.Printf("{\"type\":\"endpoint\",\"pid\":%d,\"role\":%q,\"fd\":%d,\"local\":%q,\"remote\":%q,", os.Getpid(), e.role, e.descriptor, e.local, e.remote)
			fmt.Printf("\"read\":{\"bytes\":%d,\"sha256\":%q,\"calls\":%d,\"withEnd\":%d},", e.readBytes, hex.EncodeToString(e.readHash.Sum(nil)), e.reads, e.dataAndEnd)
			fmt.Printf("\"write\":{\"bytes\":%d,\"sha256\":%q,\"calls\":%d},", e.writtenBytes, hex.EncodeToString(e.writeHash.Sum(nil)), e.writes)
			fmt.Printf("\"intact\":%t,\"failure\":%q}\n", e.intact && len(e.expected) == 0, e.failure)
		}
	}
	intact := allIntact()
	fmt.Printf("{\"type\":\"done\",\"intact\":%t}\n", intact)
	if !intact {
		os.Exit(1)
	}
}
