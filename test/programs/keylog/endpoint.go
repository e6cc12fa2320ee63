package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
)

// endpoint is one end of a connection, with the lines that its own KeyLogWriter was given.
type endpoint struct {
	Type    string   `json:"type"`
	PID     int      `json:"pid"`
	Role    string   `json:"role"`
	Local   string   `json:"local"`
	Remote  string   `json:"remote"`
	Version uint16   `json:"version"`
	Resumed bool     `json:"resumed"`
	Lines   []string `json:"lines"`
	log     bytes.Buffer
	lock    sync.Mutex
}

var (
	serving  sync.WaitGroup
	ends     []*endpoint
	endsLock sync.Mutex
	tickets  = [32]byte{1, 2, 3}
	greeting = []byte("hello")
)

func newEndpoint(role string, raw net.Conn, config *tls.Config) *endpoint {
	end := &endpoint{Type: "endpoint", PID: os.Getpid(), Role: role, Local: raw.LocalAddr().String(), Remote: raw.RemoteAddr().String()}
	if *silent != "both" && *silent != role {
		config.KeyLogWriter = end
	}
	endsLock.Lock()
	ends = append(ends, end)
	endsLock.Unlock()
	return end
}

func (end *endpoint) Write(line []byte) (int, error) {
	end.lock.Lock()
	defer end.lock.Unlock()
	return end.log.Write(line)
}

// acceptAll serves for ever; each connection has a configuration, and so a log, of its own.
func acceptAll(listener net.Listener) {
	certificate := newCertificate()
	for {
		raw, err := listener.Accept()
		if err != nil {
			fail(err)
		}
		config := &tls.Config{
			Certificates:     []tls.Certificate{certificate},
			SessionTicketKey: tickets,
			MinVersion:       tls.VersionTLS10,
		}
		go func() {
			end := newEndpoint("server", raw, config)
			connection := tls.Server(raw, config)
			end.greet(connection)
			connection.Close()
			end.finish(connection)
			if *mode == "both" {
				serving.Done()
			}
		}()
	}
}

// greet shakes hands and moves a few bytes each way, so that the client has seen the server's tickets.
func (end *endpoint) greet(connection *tls.Conn) {
	if err := connection.Handshake(); err != nil {
		fail(err)
	}
	if end.Role == "client" {
		end.send(connection)
		end.receive(connection)
	} else {
		end.receive(connection)
		end.send(connection)
	}
}

func (end *endpoint) send(connection *tls.Conn) {
	if _, err := connection.Write(greeting); err != nil {
		fail(err)
	}
}

// receive reads all of it: TLS 1.0 sends the first byte in a record of its own.
func (end *endpoint) receive(connection *tls.Conn) {
	if _, err := io.ReadFull(connection, make([]byte, len(greeting))); err != nil {
		fail(err)
	}
}

func (end *endpoint) finish(connection *tls.Conn) {
	state := connection.ConnectionState()
	end.lock.Lock()
	end.Version, end.Resumed = state.Version, state.DidResume
	end.lock.Unlock()
}

func report() {
	endsLock.Lock()
	defer endsLock.Unlock()
	output := json.NewEncoder(os.Stdout)
	for _, end := range ends {
		end.Lines = []string{}
		for _, line := range bytes.Split(bytes.TrimSpace(end.log.Bytes()), []byte("\n")) {
			if len(line) > 0 {
				end.Lines = append(end.Lines, string(line))
			}
		}
		if err := output.Encode(end); err != nil {
			fail(err)
		}
	}
	fmt.Println(`{"type":"done"}`)
}
