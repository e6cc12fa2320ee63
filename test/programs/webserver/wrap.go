package main

import (
	"fmt"
	"net"
	"sync"
	"time"
)

// wrapListener: limit and track keep the connection as an interface in front, embed as a pointer in front; hidden keeps
// it behind other fields, where nothing that looks at the connection's memory can be sure of it.
func wrapListener(listener net.Listener, how string) net.Listener {
	switch how {
	case "none":
		return listener
	case "limit":
		return &limitListener{Listener: listener, slots: make(chan bool, 1000)}
	case "track":
		return wrappingListener{listener, func(c net.Conn) net.Conn { return &trackedConn{Conn: c, opened: time.Now()} }}
	case "nested":
		inner := &limitListener{Listener: listener, slots: make(chan bool, 1000)}
		return wrappingListener{inner, func(c net.Conn) net.Conn { return &trackedConn{Conn: c, opened: time.Now()} }}
	case "embed":
		return wrappingListener{listener, func(c net.Conn) net.Conn { return &embeddingConn{c.(*net.TCPConn), "embedded"} }}
	case "hidden":
		return wrappingListener{listener, func(c net.Conn) net.Conn { return &hiddenConn{name: "hidden", behind: c} }}
	}
	fail(fmt.Errorf("unknown wrapping %q", how))
	return nil
}

type wrappingListener struct {
	net.Listener
	wrap func(net.Conn) net.Conn
}

func (l wrappingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.wrap(c), nil
}

type limitListener struct {
	net.Listener
	slots chan bool
}

func (l *limitListener) Accept() (net.Conn, error) {
	l.slots <- true
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &limitedConn{Conn: c, release: func() { <-l.slots }}, nil
}

type limitedConn struct {
	net.Conn
	once    sync.Once
	release func()
}

func (c *limitedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.release)
	return err
}

type trackedConn struct {
	net.Conn
	mutex  sync.Mutex
	opened time.Time
	read   int
}

func (c *trackedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mutex.Lock()
	c.read += n
	c.mutex.Unlock()
	return n, err
}

type embeddingConn struct {
	*net.TCPConn
	name string
}

type hiddenConn struct {
	name   string
	pad    [4]uint64
	behind net.Conn
}

func (c *hiddenConn) Read(b []byte) (int, error)         { return c.behind.Read(b) }
func (c *hiddenConn) Write(b []byte) (int, error)        { return c.behind.Write(b) }
func (c *hiddenConn) Close() error                       { return c.behind.Close() }
func (c *hiddenConn) LocalAddr() net.Addr                { return c.behind.LocalAddr() }
func (c *hiddenConn) RemoteAddr() net.Addr               { return c.behind.RemoteAddr() }
func (c *hiddenConn) SetDeadline(t time.Time) error      { return c.behind.SetDeadline(t) }
func (c *hiddenConn) SetReadDeadline(t time.Time) error  { return c.behind.SetReadDeadline(t) }
func (c *hiddenConn) SetWriteDeadline(t time.Time) error { return c.behind.SetWriteDeadline(t) }
