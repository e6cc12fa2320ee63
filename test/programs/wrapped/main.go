// Command wrapped holds TLS conversations over connections that are wrapped in one of the ways real programs wrap
// theirs, on both ends, and says of each end on which socket it was: one JSON line with what it read and wrote.
//
// Some connections are older than its "ready" line. After one line on standard input, a slow first conversation gives
// a capture time to notice what it deals with; then come all the others. It compiles with every Go since 1.9.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

var (
	network = flag.String("network", "tcp4", "tcp4, tcp6, tcp or unix")
	address = flag.String("address", "127.0.0.1:0", "where to listen")
	dial    = flag.String("dial", "", "host to dial instead of the listener's")
	wrap    = flag.String("wrap", "later", "how connections are wrapped; see wrap.go")
	pause   = flag.Int("pause", 250, "milliseconds between the messages of the first conversation")
	count   = flag.Int("connections", 4, "connections of each age")
)

var config = &tls.Config{InsecureSkipVerify: true}

func main() {
	flag.Parse()
	config.Certificates = []tls.Certificate{newCertificate()}
	listener, err := net.Listen(*network, *address)
	check(err)
	target := listener.Addr().String()
	if *dial != "" {
		_, port, _ := net.SplitHostPort(target)
		target = net.JoinHostPort(*dial, port)
	}
	startOutlets()
	old := make([]*conversation, *count)
	for i := range old {
		old[i] = begin(listener, target, "old", int64(i))
		old[i].say(100)
		old[i].forget()
	}
	announceReady(target)
	readCommand()
	first := begin(listener, target, "first", 1000)
	for i := 0; i < 6; i++ {
		first.say(100 + 700*(i%2))
		time.Sleep(time.Duration(*pause) * time.Millisecond)
	}
	first.end()
	for _, c := range old {
		c.run()
	}
	for i := 0; i < *count; i++ {
		begin(listener, target, "new", 2000+int64(i)).run()
	}
	fmt.Println("{\"type\":\"done\"}")
}

// conversation is a connection with both of its ends.
type conversation struct{ client, server *end }

func begin(listener net.Listener, target, age string, seed int64) *conversation {
	accepted := make(chan net.Conn)
	go func() {
		raw, err := listener.Accept()
		check(err)
		accepted <- raw
	}()
	raw, err := net.Dial(*network, target)
	check(err)
	other := <-accepted
	c := &conversation{newEnd("client", age, raw, seed*2), newEnd("server", age, other, seed*2+1)}
	var both sync.WaitGroup
	both.Add(2)
	for _, e := range []*end{c.client, c.server} {
		go func(e *end) {
			defer both.Done()
			if e.role == "client" {
				e.tls = tls.Client(wrapConnection(e.raw, e.role), config)
			} else {
				e.tls = tls.Server(wrapConnection(e.raw, e.role), config)
			}
			check(e.tls.Handshake())
		}(e)
	}
	both.Wait()
	return c
}

// say sends a message there and one back.
func (c *conversation) say(size int) {
	c.client.send(size)
	c.server.receive(size)
	c.server.send(size + 1)
	c.client.receive(size + 1)
}

func (c *conversation) run() {
	for _, size := range []int{20, 900, 40000, 3, 1300} {
		c.say(size)
	}
	c.end()
}

func (c *conversation) forget() {
	c.client.forget()
	c.server.forget()
}

func (c *conversation) end() {
	c.client.tls.Close()
	c.server.tls.Close()
	c.client.report()
	c.server.report()
}

func descriptorOf(raw net.Conn) int {
	number := -1
	if source, ok := raw.(syscall.Conn); ok {
		if control, err := source.SyscallConn(); err == nil {
			control.Control(func(fd uintptr) { number = int(fd) })
		}
	}
	return number
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "wrapped:", err)
		os.Exit(2)
	}
}
