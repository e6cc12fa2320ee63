package main

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net"
	"os"
)

// end is one end of a connection, with what it has read and written.
type end struct {
	role, age     string
	raw           net.Conn
	tls           *tls.Conn
	fd            int
	local, remote string
	seed          int64
	read, written hash.Hash
	reads, writes int
}

func newEnd(role, age string, raw net.Conn, seed int64) *end {
	return &end{
		role: role, age: age, raw: raw, fd: descriptorOf(raw), seed: seed,
		local: raw.LocalAddr().String(), remote: raw.RemoteAddr().String(),
		read: sha256.New(), written: sha256.New(),
	}
}

func (e *end) send(size int) {
	b := make([]byte, size)
	e.seed += 7919
	fill(b, uint32(e.seed))
	_, err := e.tls.Write(b)
	check(err)
	e.written.Write(b)
	e.writes += size
}

func (e *end) receive(size int) {
	b := make([]byte, size)
	_, err := io.ReadFull(e.tls, b)
	check(err)
	e.read.Write(b)
	e.reads += size
}

func (e *end) forget() {
	e.read, e.written = sha256.New(), sha256.New()
	e.reads, e.writes = 0, 0
}

func (e *end) report() {
	fmt.Printf("{\"type\":\"endpoint\",\"pid\":%d,\"role\":%q,\"age\":%q,\"fd\":%d,\"local\":%q,\"remote\":%q,", os.Getpid(), e.role, e.age, e.fd, e.local, e.remote)
	fmt.Printf("\"read\":{\"bytes\":%d,\"sha256\":%q},", e.reads, hex.EncodeToString(e.read.Sum(nil)))
	fmt.Printf("\"write\":{\"bytes\":%d,\"sha256\":%q}}\n", e.writes, hex.EncodeToString(e.written.Sum(nil)))
}
