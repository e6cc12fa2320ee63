// Command webserver is an ordinary net/http server over TLS, HTTP/1.1 and HTTP/2, whose listener can be wrapped in the
// ways that real servers wrap theirs. It compiles with every Go since 1.9.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
)

var (
	network = flag.String("network", "tcp4", "tcp4, tcp6, tcp or unix")
	address = flag.String("address", "127.0.0.1:0", "where to listen")
	wrap    = flag.String("wrap", "none", "none, limit, track, nested, embed or hidden: how accepted connections are wrapped")
	http2   = flag.Bool("http2", true, "offer HTTP/2")
	maximum = flag.String("tls", "", "highest TLS version, 1.2 or 1.3")
)

func main() {
	flag.Parse()
	listener, err := net.Listen(*network, *address)
	if err != nil {
		fail(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{newCertificate()}}
	if *maximum == "1.2" {
		config.MaxVersion = tls.VersionTLS12
	}
	server := &http.Server{TLSConfig: config, Handler: routes()}
	if !*http2 {
		server.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
	}
	go func() { fail(server.ServeTLS(wrapListener(listener, *wrap), "", "")) }()
	announceReady(listener.Addr().String())
	for {
		if _, more := readCommand(); !more {
			return
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "webserver:", err)
	os.Exit(2)
}
