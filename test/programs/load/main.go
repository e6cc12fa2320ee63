// Command load is as many connections as it is told, to itself or to another load. Every line of 64 bytes that goes over
// a connection carries the connection's own number, so that whoever mixes two of them up can be found out.
//
// On standard input, one command a line; each is answered by a JSON line of that type:
//
//	sequence N  N connections, one after the other
//	crowd N     N connections that are all open before the first of them speaks
//	begin N     N connections that ask and answer without pause
//	count       what was asked and answered so far
//	stop        ends what "begin" began
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
)

var (
	mode    = flag.String("mode", "both", "both, server or client")
	address = flag.String("address", "127.0.0.1:0", "where to listen, or (client) to connect to")
	answer  = flag.Int("answer", 4096, "bytes of each answer to what \"begin\" asks, rounded up to lines")
	abandon = flag.Bool("abandon", false, "close only the sockets, not the tls.Conn")
	collect = flag.Bool("garbage", false, "make garbage all the time, so that memory is used again and again")
)

var target string

func main() {
	flag.Parse()
	target = *address
	if *mode != "client" {
		listener, err := net.Listen("tcp4", *address)
		if err != nil {
			fail(err)
		}
		target = listener.Addr().String()
		go acceptAll(listener)
	}
	if *collect {
		go makeGarbage()
	}
	announceReady(target)
	for {
		line, more := readCommand()
		if !more {
			return
		}
		words := strings.Split(line, " ")
		count := 0
		if len(words) > 1 {
			count, _ = strconv.Atoi(words[1])
		}
		switch words[0] {
		case "sequence":
			sequence(count)
			serving.Wait()
		case "crowd":
			crowd(count)
			serving.Wait()
		case "begin":
			begin(count)
		case "stop":
			stop()
			serving.Wait()
		}
		tell(words[0])
	}
}

func sequence(count int) {
	for i := 0; i < count; i++ {
		c := open()
		c.exchange()
		c.close()
	}
}

func crowd(count int) {
	clients := make([]*client, count)
	var shaken, done sync.WaitGroup
	speak := make(chan bool)
	shaken.Add(count)
	done.Add(count)
	for i := range clients {
		clients[i] = open()
		go func(c *client) {
			defer done.Done()
			if err := c.connection.Handshake(); err != nil {
				fail(err)
			}
			shaken.Done()
			<-speak
			c.exchange()
			c.close()
		}(clients[i])
	}
	shaken.Wait()
	close(speak)
	done.Wait()
}

var (
	working sync.WaitGroup
	halt    chan bool
)

func begin(count int) {
	halt = make(chan bool)
	for i := 0; i < count; i++ {
		working.Add(1)
		go func(c *client, halt chan bool) {
			defer working.Done()
			defer c.close()
			for {
				select {
				case <-halt:
					return
				default:
					if !c.ask() {
						return
					}
				}
			}
		}(open(), halt)
	}
}

func stop() {
	close(halt)
	working.Wait()
}

func makeGarbage() {
	var kept [64][]byte
	for i := 0; ; i++ {
		kept[i%64] = make([]byte, 1+i*7919%100000)
	}
}

func versionOf(number int) uint16 {
	if number%2 == 0 {
		return tls.VersionTLS12
	}
	return 0x0304
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "load:", err)
	os.Exit(2)
}
