package main

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

// wrapConnection wraps in one of these ways:
//
//	later     the connection is an interface behind other fields
//	concrete  it is a *net.TCPConn (or other) behind other fields
//	deep      six wrappers around each other
//	buffered  what is written passes a buffer
//	queued    another goroutine writes
//	logged    a line of text goes to another socket before each write
//	loggedtls the same, over TLS
//	tls       TLS inside TLS, with a wrapper between the two
//	copied    everything is also written to another socket, first: nobody can tell which of them is meant
//	framed    each write gets a length in front: its records are no longer there to be seen
func wrapConnection(raw net.Conn, role string) net.Conn {
	switch *wrap {
	case "later":
		return &laterConn{name: "later", behind: raw}
	case "concrete":
		if tcp, ok := raw.(*net.TCPConn); ok {
			return &concreteConn{"concrete", tcp}
		}
		return &laterConn{name: "later", behind: raw}
	case "deep":
		for i := 0; i < 6; i++ {
			raw = &frontConn{Conn: raw}
		}
		return raw
	case "buffered":
		return &bufferedConn{laterConn{name: "buffered", behind: raw}, bufio.NewWriterSize(raw, 64<<10)}
	case "queued":
		return newQueuedConn(raw)
	case "logged":
		return &tappedConn{laterConn{name: "logged", behind: raw}, func(b []byte) { fmt.Fprintf(outlet, "writing %d bytes\n", len(b)) }}
	case "loggedtls":
		return &tappedConn{laterConn{name: "logged", behind: raw}, func(b []byte) { fmt.Fprintf(tlsOutlet, "writing %d bytes\n", len(b)) }}
	case "copied":
		return &tappedConn{laterConn{name: "copied", behind: raw}, func(b []byte) { outlet.Write(b) }}
	case "framed":
		return &framedConn{laterConn{name: "framed", behind: raw}, 0}
	case "tls":
		outer := tls.Client(raw, config)
		if role == "server" {
			outer = tls.Server(raw, config)
		}
		return &laterConn{name: "tls", behind: outer}
	}
	check(fmt.Errorf("unknown wrapping %q", *wrap))
	return nil
}

// frontConn is what an interface walk can follow.
type frontConn struct{ net.Conn }

type laterConn struct {
	name   string
	pad    [4]uint64
	behind net.Conn
}

func (c *laterConn) Read(b []byte) (int, error)         { return c.behind.Read(b) }
func (c *laterConn) Write(b []byte) (int, error)        { return c.behind.Write(b) }
func (c *laterConn) Close() error                       { return c.behind.Close() }
func (c *laterConn) LocalAddr() net.Addr                { return c.behind.LocalAddr() }
func (c *laterConn) RemoteAddr() net.Addr               { return c.behind.RemoteAddr() }
func (c *laterConn) SetDeadline(t time.Time) error      { return c.behind.SetDeadline(t) }
func (c *laterConn) SetReadDeadline(t time.Time) error  { return c.behind.SetReadDeadline(t) }
func (c *laterConn) SetWriteDeadline(t time.Time) error { return c.behind.SetWriteDeadline(t) }

type concreteConn struct {
	name string
	*net.TCPConn
}

type bufferedConn struct {
	laterConn
	buffer *bufio.Writer
}

func (c *bufferedConn) Write(b []byte) (int, error) {
	n, err := c.buffer.Write(b)
	if err == nil {
		err = c.buffer.Flush()
	}
	return n, err
}

type queuedConn struct {
	laterConn
	queue chan []byte
	done  chan bool
}

func newQueuedConn(raw net.Conn) net.Conn {
	c := &queuedConn{laterConn{name: "queued", behind: raw}, make(chan []byte, 100), make(chan bool)}
	go func() {
		for b := range c.queue {
			raw.Write(b)
		}
		close(c.done)
	}()
	return c
}

func (c *queuedConn) Write(b []byte) (int, error) {
	c.queue <- append([]byte(nil), b...)
	return len(b), nil
}

func (c *queuedConn) Close() error {
	close(c.queue)
	<-c.done
	return c.behind.Close()
}

type tappedConn struct {
	laterConn
	tap func([]byte)
}

func (c *tappedConn) Write(b []byte) (int, error) {
	c.tap(b)
	return c.behind.Write(b)
}

type framedConn struct {
	laterConn
	left int
}

func (c *framedConn) Write(b []byte) (int, error) {
	frame := make([]byte, 4+len(b))
	binary.BigEndian.PutUint32(frame, uint32(len(b)))
	copy(frame[4:], b)
	_, err := c.behind.Write(frame)
	return len(b), err
}

func (c *framedConn) Read(b []byte) (int, error) {
	if c.left == 0 {
		var header [4]byte
		if _, err := io.ReadFull(c.behind, header[:]); err != nil {
			return 0, err
		}
		c.left = int(binary.BigEndian.Uint32(header[:]))
	}
	if len(b) > c.left {
		b = b[:c.left]
	}
	n, err := c.behind.Read(b)
	c.left -= n
	return n, err
}

// Where logs and copies go: sockets that are not those of any conversation.
var outlet, tlsOutlet net.Conn

func startOutlets() {
	outlet = startOutlet(func(c net.Conn) io.Reader { return c })
	raw := startOutlet(func(c net.Conn) io.Reader { return tls.Server(c, config) })
	if *wrap == "loggedtls" {
		tlsOutlet = tls.Client(raw, config)
		fmt.Fprintln(tlsOutlet, "log begins")
	}
}

func startOutlet(accepted func(net.Conn) io.Reader) net.Conn {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	check(err)
	go func() {
		c, err := listener.Accept()
		check(err)
		io.Copy(blackhole{}, accepted(c))
	}()
	c, err := net.Dial("tcp4", listener.Addr().String())
	check(err)
	return c
}

type blackhole struct{}

func (blackhole) Write(b []byte) (int, error) { return len(b), nil }
