// Command quickeys shakes hands for QUIC, both ends in one process, by moving what crypto/tls gives for the one to the
// other: what a QUIC library does, without packets. It says what each end's KeyLogWriter was given. Needs Go 1.21.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
)

type end struct {
	role       string
	connection *tls.QUICConn
	log        bytes.Buffer
}

func main() {
	connections := flag.Int("connections", 8, "handshakes, side by side")
	flag.Parse()
	certificate := newCertificate()
	announceReady("")
	readCommand()
	ends := make([]*end, 2**connections)
	var done sync.WaitGroup
	for i := 0; i < *connections; i++ {
		client, server := &end{role: "client"}, &end{role: "server"}
		ends[2*i], ends[2*i+1] = client, server
		client.connection = tls.QUICClient(&tls.QUICConfig{TLSConfig: &tls.Config{
			InsecureSkipVerify: true, ServerName: "localhost", MinVersion: tls.VersionTLS13,
			NextProtos: []string{"test"}, KeyLogWriter: &client.log,
		}})
		server.connection = tls.QUICServer(&tls.QUICConfig{TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13,
			NextProtos: []string{"test"}, KeyLogWriter: &server.log,
		}})
		done.Add(1)
		go func() {
			defer done.Done()
			shakeHands(client.connection, server.connection)
		}()
	}
	done.Wait()
	output := json.NewEncoder(os.Stdout)
	for _, end := range ends {
		output.Encode(map[string]any{
			"type": "endpoint", "pid": os.Getpid(), "role": end.role, "local": "", "remote": "", "resumed": false,
			"lines": strings.Split(strings.TrimSpace(end.log.String()), "\n"),
		})
	}
	fmt.Println(`{"type":"done"}`)
}

func shakeHands(client, server *tls.QUICConn) {
	for _, connection := range []*tls.QUICConn{client, server} {
		connection.SetTransportParameters(nil)
		if err := connection.Start(context.Background()); err != nil {
			fail(err)
		}
	}
	for finished := 0; finished < 2; {
		finished += move(client, server) + move(server, client)
	}
}

// move hands on what one end has to say; 1 when its handshake is done.
func move(from, to *tls.QUICConn) int {
	finished := 0
	for {
		switch event := from.NextEvent(); event.Kind {
		case tls.QUICNoEvent:
			return finished
		case tls.QUICWriteData:
			if err := to.HandleData(event.Level, append([]byte{}, event.Data...)); err != nil {
				fail(err)
			}
		case tls.QUICHandshakeDone:
			finished = 1
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "quickeys:", err)
	os.Exit(2)
}
