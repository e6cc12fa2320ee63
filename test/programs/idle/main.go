// Command idle links crypto/tls and never speaks: what a capture shows when there is nothing to show.
package main

import "crypto/tls"

func main() {
	announceReady("")
	for {
		line, more := readCommand()
		if !more {
			return
		}
		if line == "dial" {
			speak()
		}
	}
}

// speak is never asked for; it makes the linker keep what a client needs.
func speak() {
	config := &tls.Config{Certificates: []tls.Certificate{newCertificate()}}
	connection, err := tls.Dial("tcp", "127.0.0.1:1", config)
	if err != nil {
		return
	}
	connection.Write([]byte("hello"))
	connection.Read(make([]byte, 100))
	connection.Close()
}
