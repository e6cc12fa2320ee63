// Command write sends one Write call per line of standard input, of as many bytes as the line says, over one TLS
// connection to itself. After each it says how long the write was and the SHA-256 of its bytes.
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
)

func main() {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	announceReady(listener.Addr().String())
	received := make(chan []byte)
	go receive(listener, received)
	var sender *tls.Conn
	for number := uint32(1); ; number++ {
		line, more := readCommand()
		if !more {
			break
		}
		length, err := strconv.Atoi(line)
		if err != nil {
			fail(err)
		}
		if sender == nil {
			if sender, err = tls.Dial("tcp4", listener.Addr().String(), &tls.Config{InsecureSkipVerify: true}); err != nil {
				fail(err)
			}
		}
		b := make([]byte, length)
		fill(b, number)
		go sender.Write(b)
		intact := 0
		for got := 0; got < length; {
			piece := <-received
			for i := range piece {
				if piece[i] == b[got+i] {
					intact++
				}
			}
			got += len(piece)
		}
		sum := sha256.Sum256(b)
		fmt.Printf("{\"type\":\"written\",\"bytes\":%d,\"sha256\":%q,\"intact\":%t,\"local\":%q,\"remote\":%q}\n",
			length, hex.EncodeToString(sum[:]), intact == length, sender.LocalAddr().String(), sender.RemoteAddr().String())
	}
	if sender != nil {
		sender.Close()
	}
}

func receive(listener net.Listener, received chan []byte) {
	raw, err := listener.Accept()
	if err != nil {
		fail(err)
	}
	connection := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{newCertificate()}})
	for {
		b := make([]byte, 1<<16)
		n, err := connection.Read(b)
		if n > 0 {
			received <- b[:n]
		}
		if err != nil {
			if err != io.EOF {
				fail(err)
			}
			return
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "write:", err)
	os.Exit(2)
}
