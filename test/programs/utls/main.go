// Command utls is a client with a fork of crypto/tls in it (github.com/refraction-networking/utls), which says hello as
// browsers do. It talks to servers of the standard library in the same process, and says what each end read and wrote,
// and the lines of its own key log.
package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	utls "github.com/refraction-networking/utls"
)

type stream struct {
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

type endpoint struct {
	Type   string   `json:"type"`
	PID    int      `json:"pid"`
	Role   string   `json:"role"`
	FD     int      `json:"fd"`
	Local  string   `json:"local"`
	Remote string   `json:"remote"`
	Read   stream   `json:"read"`
	Write  stream   `json:"write"`
	Lines  []string `json:"lines"`
}

var hellos = []utls.ClientHelloID{utls.HelloGolang, utls.HelloChrome_Auto, utls.HelloFirefox_Auto, utls.HelloSafari_Auto}

func main() {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	check(err)
	certificate := newCertificate()
	announceReady(listener.Addr().String())
	readCommand()
	seed := uint32(1)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, hello := range hellos {
			for _, size := range []int{1, 900, 70000} {
				config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: version, MaxVersion: version}
				talk(listener, config, hello, seed, size)
				seed += 2
			}
		}
	}
	fmt.Println(`{"type":"done"}`)
}

// talk sends size bytes up and twice as many down, at the same time.
func talk(listener net.Listener, config *tls.Config, hello utls.ClientHelloID, seed uint32, size int) {
	var serverLog, clientLog bytes.Buffer
	up, down := make([]byte, size), make([]byte, 2*size)
	fill(up, seed)
	fill(down, seed+1)
	config.KeyLogWriter = &serverLog
	config.NextProtos = []string{"http/1.1"}
	served := make(chan bool)
	go func() {
		raw, err := listener.Accept()
		check(err)
		server := tls.Server(raw, config)
		report("server", raw, exchange(server, down, len(up)), down, &serverLog)
		server.Close()
		served <- true
	}()
	raw, err := net.Dial("tcp4", listener.Addr().String())
	check(err)
	own := &utls.Config{InsecureSkipVerify: true, ServerName: "localhost", KeyLogWriter: &clientLog}
	client := utls.UClient(raw, own, hello)
	got := exchange(client, up, len(down))
	<-served
	report("client", raw, got, up, &clientLog)
	client.Close()
}

// exchange writes mine, and returns as many bytes as theirs.
func exchange(connection net.Conn, mine []byte, theirs int) []byte {
	written := make(chan error)
	go func() {
		_, err := connection.Write(mine)
		written <- err
	}()
	got := make([]byte, theirs)
	_, err := io.ReadFull(connection, got)
	check(err)
	check(<-written)
	return got
}

func report(role string, raw net.Conn, read, written []byte, log *bytes.Buffer) {
	end := endpoint{Type: "endpoint", PID: os.Getpid(), Role: role, Local: raw.LocalAddr().String(), Remote: raw.RemoteAddr().String()}
	control, err := raw.(syscall.Conn).SyscallConn()
	check(err)
	control.Control(func(number uintptr) { end.FD = int(number) })
	end.Read, end.Write = measure(read), measure(written)
	end.Lines = strings.Split(strings.TrimSpace(log.String()), "\n")
	check(json.NewEncoder(os.Stdout).Encode(end))
}

func measure(b []byte) stream {
	sum := sha256.Sum256(b)
	return stream{len(b), hex.EncodeToString(sum[:])}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "utls:", err)
		os.Exit(2)
	}
}
