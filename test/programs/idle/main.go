// Command idle links crypto/tls and never speaks: what a capture shows when there is nothing to show.
package main

import "crypto/tls"

// Kept reachable, so that the linker keeps the code.
var connect = tls.Dial

func main() {
	announceReady("")
	for {
		line, more := readCommand()
		if !more {
			return
		}
		if line == "dial" {
			connect("tcp", "127.0.0.1:1", &tls.Config{Certificates: []tls.Certificate{newCertificate()}})
		}
	}
}
