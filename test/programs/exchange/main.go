// Command exchange moves pseudo-random bytes over many TLS connections in every awkward way it knows, and says at the
// end what each endpoint itself read and wrote: length and SHA-256 per connection and direction, one JSON line each.
//
// It compiles with every Go since 1.9. On standard output: a "ready" line; after one line on standard input the
// exchange begins; then an "endpoint" line per connection end, and "done". With -repeat rounds go on until "stop".
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
)

var (
	mode        = flag.String("mode", "both", "both, server or client")
	network     = flag.String("network", "tcp4", "tcp4, tcp6, tcp or unix")
	address     = flag.String("address", "127.0.0.1:0", "where to listen, or (client) to connect to")
	dial        = flag.String("dial", "", "host to dial instead of the listener's, e.g. 127.0.0.1 for one on [::]")
	connections = flag.Int("connections", 64, "connections per TLS version")
	versions    = flag.String("tls", "1.2,1.3", "TLS versions, with commas")
	maxBytes    = flag.Int("max", 300000, "longest stream in bytes")
	seed        = flag.Int64("seed", 1, "decides sizes, contents and order of calls")
	collect     = flag.Bool("gc", false, "run the garbage collector all the time")
	late        = flag.Bool("late", false, "do handshake and greeting before saying ready; they are left out of the result")
	repeat      = flag.Bool("repeat", false, "new rounds until a line comes on standard input; no endpoint lines")
	rounds      = flag.Int("rounds", 1, "rounds after the go-ahead; between them connections become garbage")
	abandon     = flag.Bool("abandon", false, "close only the sockets of some connections, not the tls.Conn")
	abort       = flag.Bool("abort", false, "exit without closing anything")
)

func main() {
	flag.Parse()
	if *collect {
		go func() {
			for {
				runtime.GC()
			}
		}()
	}
	var listener net.Listener
	target := *address
	if *mode != "client" {
		var err error
		if listener, err = net.Listen(*network, *address); err != nil {
			fail(err)
		}
		target = listener.Addr().String()
		if *dial != "" {
			_, port, _ := net.SplitHostPort(target)
			target = net.JoinHostPort(*dial, port)
		}
		go acceptAll(listener)
	}
	switch {
	case *mode == "server":
		announceReady(target)
		readCommand()
		finishServing()
	case *repeat:
		announceReady(target)
		repeatRounds(target)
		return
	case *late:
		release := make(chan bool)
		var greeted, done sync.WaitGroup
		startRound(target, *seed, &greeted, &done, release)
		greeted.Wait()
		announceReady(target)
		readCommand()
		close(release)
		done.Wait()
		finishServing()
	default:
		announceReady(target)
		readCommand()
		for n := int64(0); n < int64(*rounds); n++ {
			runRound(target, *seed+n)
			finishServing()
			releaseConnections()
		}
	}
	report()
}

// startRound dials all connections first, so that their addresses and descriptors differ, and runs them side by side.
func startRound(target string, roundSeed int64, greeted, done *sync.WaitGroup, release chan bool) {
	var clients []*endpoint
	for i, version := range strings.Split(*versions, ",") {
		for k := 0; k < *connections; k++ {
			raw, err := net.Dial(*network, target)
			if err != nil {
				fail(err)
			}
			config := &tls.Config{InsecureSkipVerify: true, MinVersion: versionNumber(version), MaxVersion: versionNumber(version)}
			connection := tls.Client(raw, config)
			clients = append(clients, newEndpoint("client", connection, raw, roundSeed*100003+int64(i*1000+k)))
		}
	}
	greeted.Add(len(clients))
	done.Add(len(clients))
	for i := range clients {
		go func(client *endpoint) {
			defer done.Done()
			client.runClient(greeted, release)
		}(clients[i])
	}
}

func runRound(target string, roundSeed int64) {
	var greeted, done sync.WaitGroup
	release := make(chan bool)
	close(release)
	startRound(target, roundSeed, &greeted, &done, release)
	done.Wait()
}

func repeatRounds(target string) {
	stop := make(chan bool)
	go func() {
		readCommand()
		close(stop)
	}()
	for n := int64(1); ; n++ {
		select {
		case <-stop:
			finishServing()
			report()
			return
		default:
		}
		forget()
		runRound(target, *seed+n)
		serving.Wait()
		fmt.Printf("{\"type\":\"round\",\"number\":%d,\"intact\":%t}\n", n, allIntact())
	}
}

func versionNumber(name string) uint16 {
	switch name {
	case "1.0":
		return tls.VersionTLS10
	case "1.2":
		return tls.VersionTLS12
	case "1.3":
		return 0x0304
	}
	fail(fmt.Errorf("unknown TLS version %q", name))
	return 0
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "exchange:", err)
	os.Exit(2)
}
