// Command edges does over and over what is rare in other traffic. With -mode:
//
//	end      the last data and the end of the stream come out of one Read
//	stack    every Read is lent a buffer on a small stack that has to grow, and so to move, inside that Read
//	records  full records of 16,384 bytes, from writes of one record to several MiB
//
// On standard output: a "ready" line; after one line on standard input an "endpoint" line per connection end, as of the
// program exchange, then "done" with how often it really happened.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

var (
	mode        = flag.String("mode", "end", "end, stack or records")
	connections = flag.Int("connections", 24, "connections per TLS version")
	versions    = []uint16{tls.VersionTLS12, 0x0304}
)

func main() {
	flag.Parse()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	certificate := newCertificate()
	go func() {
		for {
			raw, err := listener.Accept()
			if err != nil {
				return
			}
			config := &tls.Config{Certificates: []tls.Certificate{certificate}, DynamicRecordSizingDisabled: *mode == "records"}
			ends.Add(1)
			go serve(newEnd("server", raw, tls.Server(raw, config)))
		}
	}()
	announceReady(listener.Addr().String())
	readCommand()
	for i, version := range versions {
		for k := 0; k < *connections; k++ {
			raw, err := net.Dial("tcp4", listener.Addr().String())
			if err != nil {
				fail(err)
			}
			config := &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, DynamicRecordSizingDisabled: *mode == "records"}
			ends.Add(1)
			go ask(newEnd("client", raw, tls.Client(raw, config)), byte(i*(*connections)+k))
		}
	}
	ends.Wait()
	report()
}

var ends sync.WaitGroup

// ask sends one byte, which decides sizes, and takes what comes back.
func ask(e *end, seed byte) {
	defer ends.Done()
	e.write([]byte{seed})
	if *mode == "end" {
		// Until the last record and the alert that ends the stream are both there.
		time.Sleep(20 * time.Millisecond)
	}
	for e.read(*mode) {
	}
	e.connection.Close()
}

func serve(e *end) {
	defer ends.Done()
	if !e.read(*mode) {
		return
	}
	for _, length := range lengths(int(e.first)) {
		b := make([]byte, length)
		fill(b, uint32(e.first)+uint32(length))
		e.write(b)
	}
	e.connection.Close()
}

func lengths(seed int) []int {
	const record = 16384
	switch *mode {
	case "records":
		return []int{record, 2 * record, record + 1, record - 1, record, 1<<20 + 1, (2 + seed%3) << 20}
	case "stack":
		return []int{1 + seed*37%300, 256, 257, 5000 + seed}
	}
	return []int{1 + seed*541%record}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "edges:", err)
	os.Exit(2)
}
