// Command keylog shakes hands in every way it knows, with a KeyLogWriter of its own at each end, and says at the end
// what each end logged: one JSON line per connection end.
//
// It compiles with every Go since 1.9. On standard output: a "ready" line; after one line on standard input the
// handshakes begin; then an "endpoint" line per connection end, and "done".
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
	address     = flag.String("address", "127.0.0.1:0", "where to listen, or (client) to connect to")
	connections = flag.Int("connections", 8, "connections per TLS version, all at once")
	versions    = flag.String("tls", "1.0,1.1,1.2,1.3", "TLS versions, with commas")
	resume      = flag.Int("resume", 2, "resumed connections per TLS version, after the others")
	silent      = flag.String("silent", "", "both, server or client: which ends have no KeyLogWriter")
	collect     = flag.Bool("gc", false, "run the garbage collector all the time")
	deep        = flag.Bool("deep", false, "shake hands at various depths of the stack")
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
	target := *address
	if *mode != "client" {
		listener, err := net.Listen("tcp4", *address)
		if err != nil {
			fail(err)
		}
		target = listener.Addr().String()
		go acceptAll(listener)
	}
	announceReady(target)
	readCommand()
	if *mode != "server" {
		for _, version := range strings.Split(*versions, ",") {
			dialAll(target, version)
		}
	}
	serving.Wait()
	report()
}

// dialAll opens connections side by side; those that resume follow one by one, with the session of one before.
func dialAll(target, version string) {
	sessions := tls.NewLRUClientSessionCache(8)
	var done sync.WaitGroup
	done.Add(*connections)
	for i := 0; i < *connections; i++ {
		go func(i int) {
			defer done.Done()
			dial(target, version, sessions, i)
		}(i)
	}
	done.Wait()
	for i := 0; i < *resume; i++ {
		dial(target, version, sessions, i)
	}
}

func dial(target, version string, sessions tls.ClientSessionCache, i int) {
	raw, err := net.Dial("tcp4", target)
	if err != nil {
		fail(err)
	}
	if *mode == "both" {
		serving.Add(1)
	}
	config := &tls.Config{
		InsecureSkipVerify: true,
		ServerName:         "localhost",
		ClientSessionCache: sessions,
		MinVersion:         versionNumber(version),
		MaxVersion:         versionNumber(version),
	}
	end := newEndpoint("client", raw, config)
	connection := tls.Client(raw, config)
	descend(depth(i), func() { end.greet(connection) })
	connection.Close()
	end.finish(connection)
}

// depth makes stacks of new goroutines, which begin with a few kB, grow at other places in each handshake.
func depth(i int) int {
	if !*deep {
		return 0
	}
	return i * 7 % 97
}

//go:noinline
func descend(levels int, action func()) byte {
	var room [64]byte
	if levels == 0 {
		action()
		return 0
	}
	room[levels%64] = descend(levels-1, action)
	return room[(levels+1)%64]
}

func versionNumber(name string) uint16 {
	switch name {
	case "1.0":
		return tls.VersionTLS10
	case "1.1":
		return tls.VersionTLS11
	case "1.2":
		return tls.VersionTLS12
	case "1.3":
		return 0x0304
	}
	fail(fmt.Errorf("unknown TLS version %q", name))
	return 0
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "keylog:", err)
	os.Exit(2)
}
