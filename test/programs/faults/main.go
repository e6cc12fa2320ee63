// Command faults writes memory that is not there when it is written: pages of a file that were dropped, pages that
// somebody supplies seconds later. Meanwhile other connections say a line with the time again and again.
//
// Lines on standard input, after one that begins all: "cold FILE dropped|paged-out WARM", "late BYTES MILLISECONDS COUNT", "say BYTES" all write
// to one connection (late to COUNT - 1 new ones as well); "closed BYTES MILLISECONDS" is like late, but to a new connection
// that is closed meanwhile; "end" closes everything. Each is answered by one JSON line; at the end come "endpoint" lines and "done".
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"flag"
	"fmt"
	"hash"
	"io"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"
)

var (
	connections = flag.Int("connections", 4, "connections that say the time")
	every       = flag.Duration("every", 20*time.Millisecond, "how often")
)

func main() {
	flag.Parse()
	// A thread that waits for a page cannot be stopped, and the collector stops all of them. It also keeps one of Go's
	// processors, so there must be more than pages are waited for.
	debug.SetGCPercent(-1)
	runtime.GOMAXPROCS(64)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	announceReady(listener.Addr().String())
	readCommand()
	go acceptAll(listener)
	subject := dial(listener.Addr().String())
	stop := make(chan bool)
	var speakers sync.WaitGroup
	for i := 0; i < *connections; i++ {
		speakers.Add(1)
		go sayTime(dial(listener.Addr().String()), i, stop, &speakers)
	}
	for seed := uint32(1); ; seed++ {
		line, more := readCommand()
		if !more || line == "end" {
			break
		}
		obey(strings.Fields(line), subject, seed)
	}
	close(stop)
	speakers.Wait()
	subject.connection.Close()
	serving.Wait()
	for _, e := range endpoints {
		e.report()
	}
	fmt.Printf("{\"type\":\"done\",\"longestSilenceMs\":%d}\n", longestSilence.Milliseconds())
}

func obey(words []string, subject *endpoint, seed uint32) {
	begin := time.Now()
	switch words[0] {
	case "say":
		b := make([]byte, integer(words[1]))
		fillText(b, seed)
		subject.write(b, b)
	case "cold":
		mapped, expected, resident := coldFile(words[1], words[2], integer(words[3]))
		begin = time.Now()
		fmt.Printf("{\"type\":\"writing\",\"bytes\":%d,\"residentPages\":%d}\n", len(mapped), resident)
		subject.write(mapped, expected)
		// A page that is mapped twice stays in memory.
		syscall.Munmap(mapped)
	case "closed":
		b := make([]byte, integer(words[1]))
		fillText(b, seed)
		mapped, answered := lateMemory(b, time.Duration(integer(words[2]))*time.Millisecond)
		e := dial(subject.remote)
		fmt.Printf("{\"type\":\"writing\",\"bytes\":%d}\n", len(mapped))
		time.AfterFunc(100*time.Millisecond, func() { e.connection.Close() })
		_, err := e.connection.Write(mapped)
		fmt.Printf("{\"type\":\"failed\",\"error\":%q}\n", fmt.Sprint(err))
		// What was handed over counts.
		e.noteWritten(b)
		<-answered
	case "late":
		b := make([]byte, integer(words[1]))
		fillText(b, seed)
		mapped, answered := lateMemory(b, time.Duration(integer(words[2]))*time.Millisecond)
		others := make([]*endpoint, integer(words[3])-1)
		for i := range others {
			others[i] = dial(subject.remote)
		}
		var writing sync.WaitGroup
		for i := range others {
			writing.Add(1)
			go func(e *endpoint) {
				e.write(mapped, b)
				e.connection.Close()
				writing.Done()
			}(others[i])
		}
		fmt.Printf("{\"type\":\"writing\",\"bytes\":%d}\n", len(mapped))
		subject.write(mapped, b)
		<-answered
		writing.Wait()
	}
	fmt.Printf("{\"type\":\"written\",\"tookMs\":%d}\n", time.Since(begin).Milliseconds())
}

// sayTime also notes how long the other side at most heard nothing: what the program itself suffers.
func sayTime(e *endpoint, speaker int, stop chan bool, done *sync.WaitGroup) {
	defer done.Done()
	defer func() { e.connection.Close() }()
	ticks := time.NewTicker(*every)
	defer ticks.Stop()
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case now := <-ticks.C:
			line := []byte(fmt.Sprintf("speaker %d line %d at %d ms\n", speaker, n, now.UnixNano()/1e6))
			e.write(line, line)
		}
	}
}

// endpoint is one end of a connection with what went through it.
type endpoint struct {
	role                string
	connection          *tls.Conn
	local, remote       string
	readHash, writeHash hash.Hash
	readBytes, written  int
}

var (
	mutex          sync.Mutex
	endpoints      []*endpoint
	serving        sync.WaitGroup
	longestSilence time.Duration
)

func newEndpoint(role string, connection *tls.Conn) *endpoint {
	e := &endpoint{role: role, connection: connection, local: connection.LocalAddr().String(),
		remote: connection.RemoteAddr().String(), readHash: sha256.New(), writeHash: sha256.New()}
	mutex.Lock()
	endpoints = append(endpoints, e)
	mutex.Unlock()
	return e
}

func dial(address string) *endpoint {
	serving.Add(1)
	connection, err := tls.Dial("tcp4", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		fail(err)
	}
	return newEndpoint("client", connection)
}

// write gives b to the connection. What is noted is `content`, the same bytes in memory that is there.
func (e *endpoint) write(b, content []byte) {
	if _, err := e.connection.Write(b); err != nil {
		fail(err)
	}
	e.noteWritten(content)
}

func (e *endpoint) noteWritten(content []byte) {
	e.writeHash.Write(content)
	e.written += len(content)
}

func acceptAll(listener net.Listener) {
	config := &tls.Config{Certificates: []tls.Certificate{newCertificate()}}
	for {
		raw, err := listener.Accept()
		if err != nil {
			return
		}
		go listen(newEndpoint("server", tls.Server(raw, config)))
	}
}

func listen(e *endpoint) {
	defer serving.Done()
	b := make([]byte, 1<<16)
	for last := time.Now(); ; last = time.Now() {
		n, err := e.connection.Read(b)
		e.readHash.Write(b[:n])
		e.readBytes += n
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			e.connection.Close()
			return
		}
		if err != nil {
			fail(err)
		}
		if strings.HasPrefix(string(b[:n]), "speaker") {
			mutex.Lock()
			if silence := time.Since(last); silence > longestSilence {
				longestSilence = silence
			}
			mutex.Unlock()
		}
	}
}

func (e *endpoint) report() {
	fmt.Printf("{\"type\":\"endpoint\",\"pid\":%d,\"role\":%q,\"fd\":-1,\"local\":%q,\"remote\":%q,", os.Getpid(), e.role, e.local, e.remote)
	fmt.Printf("\"read\":{\"bytes\":%d,\"sha256\":%q},", e.readBytes, hex.EncodeToString(e.readHash.Sum(nil)))
	fmt.Printf("\"write\":{\"bytes\":%d,\"sha256\":%q}}\n", e.written, hex.EncodeToString(e.writeHash.Sum(nil)))
}

func integer(text string) (n int) {
	if _, err := fmt.Sscan(text, &n); err != nil {
		fail(fmt.Errorf("%q: %v", text, err))
	}
	return n
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "faults:", err)
	os.Exit(2)
}
