// Command sockets takes sockets in every way that decides whose packets they carry.
//
//	sockets ROLE NETWORK ADDRESS [OPTION…]
//
// A server answers each message with itself. Clients take commands on standard input: connect, exchange, close, end.
package main

import (
	"fmt"
	"os"
)

func main() {
	role, network, address := os.Args[1], os.Args[2], os.Args[3]
	options := map[string]bool{}
	for _, option := range os.Args[4:] {
		options[option] = true
	}
	switch role {
	case "tcp-server":
		serveTCP(network, address, options)
	case "tcp-worker":
		workTCP(options)
	case "tcp-client":
		speakTCP(network, address, options)
	case "udp-server":
		serveUDP(network, address, options)
	case "udp-worker":
		workUDP()
	case "udp-client":
		speakUDP(network, address, options)
	default:
		check(fmt.Errorf("unknown role %s", role))
	}
}

// say prints a JSON line of one type.
func say(kind string) {
	fmt.Printf("{\"type\":%q,\"pid\":%d}\n", kind, os.Getpid())
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
