package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
)

const lineBytes = 64

// What one connection says: `up 00000123 0000 ...` by the client, `down 00000123 0000 ...` by the server.
func line(what string, number, index int) []byte {
	text := fmt.Sprintf("%-4s %08d %04d ", what, number, index%10000)
	return append([]byte(text), bytes.Repeat([]byte{byte('a' + number%26)}, lineBytes-1-len(text))...)
}

func lines(what string, number, count int) []byte {
	var all []byte
	for i := 0; i < count; i++ {
		all = append(append(all, line(what, number, i)...), '\n')
	}
	return all
}

// linesOf decides from its number how much a connection says in an exchange: 1 to 20 lines up, 1 to 50 down.
func linesOf(number int) (up, down int) { return 1 + number*7%20, 1 + number*13%50 }

var (
	lastNumber              int64
	asked, answered, wrong  int64
	clientWrote, clientRead int64
	serverWrote, serverRead int64
	opened                  int64
	serving                 sync.WaitGroup
)

func tell(what string) {
	fmt.Printf("{\"type\":%q,\"connections\":%d,\"asked\":%d,\"answered\":%d,\"wrong\":%d,\"clientWrote\":%d,\"clientRead\":%d,\"serverWrote\":%d,\"serverRead\":%d}\n",
		what, atomic.LoadInt64(&opened), atomic.LoadInt64(&asked), atomic.LoadInt64(&answered), atomic.LoadInt64(&wrong),
		atomic.LoadInt64(&clientWrote), atomic.LoadInt64(&clientRead), atomic.LoadInt64(&serverWrote), atomic.LoadInt64(&serverRead))
}

type client struct {
	number     int
	raw        net.Conn
	connection *tls.Conn
}

func open() *client {
	raw, err := net.Dial("tcp4", target)
	if err != nil {
		fail(err)
	}
	number := int(atomic.AddInt64(&lastNumber, 1))
	atomic.AddInt64(&opened, 1)
	config := &tls.Config{InsecureSkipVerify: true, MinVersion: versionOf(number), MaxVersion: versionOf(number)}
	return &client{number, raw, tls.Client(raw, config)}
}

func (c *client) close() { closeSomehow(c.raw, c.connection) }

func closeSomehow(raw net.Conn, connection *tls.Conn) {
	if *abandon {
		raw.Close()
	} else {
		connection.Close()
	}
}

// exchange says everything of a short connection and checks that what comes back is its own.
func (c *client) exchange() {
	up, down := linesOf(c.number)
	c.say(lines("up", c.number, up))
	c.check(lines("down", c.number, down))
}

// ask is one request of a connection that goes on; false when it does not.
func (c *client) ask() bool {
	return c.say(lines("ask", c.number, 1)) && c.check(lines("down", c.number, answerLines()))
}

func answerLines() int { return (*answer + lineBytes - 1) / lineBytes }

func (c *client) say(b []byte) bool {
	atomic.AddInt64(&asked, 1)
	n, err := c.connection.Write(b)
	atomic.AddInt64(&clientWrote, int64(n))
	if err != nil {
		atomic.AddInt64(&wrong, 1)
	}
	return err == nil
}

func (c *client) check(expected []byte) bool {
	b := make([]byte, len(expected))
	n, err := io.ReadFull(c.connection, b)
	atomic.AddInt64(&clientRead, int64(n))
	if err != nil || !bytes.Equal(b, expected) {
		atomic.AddInt64(&wrong, 1)
		return false
	}
	atomic.AddInt64(&answered, 1)
	return true
}

func acceptAll(listener net.Listener) {
	config := &tls.Config{Certificates: []tls.Certificate{newCertificate()}}
	for {
		raw, err := listener.Accept()
		if err != nil {
			return
		}
		serving.Add(1)
		go serve(raw, tls.Server(raw, config))
	}
}

// serve answers what asks at once, and what says more once all of it is there.
func serve(raw net.Conn, connection *tls.Conn) {
	defer serving.Done()
	defer closeSomehow(raw, connection)
	b := make([]byte, lineBytes)
	for left := 0; ; {
		n, err := io.ReadFull(connection, b)
		atomic.AddInt64(&serverRead, int64(n))
		if err != nil {
			return
		}
		what := string(bytes.TrimRight(b[:4], " "))
		number, err := strconv.Atoi(string(b[5:13]))
		if err != nil {
			atomic.AddInt64(&wrong, 1)
			return
		}
		up, down := linesOf(number)
		if what == "ask" {
			up, down = 1, answerLines()
		}
		if left == 0 {
			left = up
		}
		if left--; left > 0 {
			continue
		}
		n, err = connection.Write(lines("down", number, down))
		atomic.AddInt64(&serverWrote, int64(n))
		if err != nil {
			return
		}
	}
}
