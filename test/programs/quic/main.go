// Command quic speaks HTTP/3 with quic-go, at one end, and says what its own KeyLogWriter was given.
//
// As a server it answers /text/N?seed=S until its standard input ends. As a client it opens a number of connections
// after one line on standard input, each with a few requests.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/quic-go/quic-go/http3"
)

type keyLog struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (log *keyLog) Write(line []byte) (int, error) {
	log.lock.Lock()
	defer log.lock.Unlock()
	return log.text.Write(line)
}

func main() {
	connections := flag.Int("connections", 10, "how many a client opens, half of them at once")
	requests := flag.Int("requests", 3, "how many a client sends in each")
	address := flag.String("connect", "", "a server's address; without it, this is one")
	flag.Parse()
	log := &keyLog{}
	role := "server"
	if *address == "" {
		serve(log)
	} else {
		role = "client"
		announceReady("")
		readCommand()
		fetchAll(log, *address, *connections, *requests)
	}
	log.lock.Lock()
	defer log.lock.Unlock()
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"type": "endpoint", "pid": os.Getpid(), "role": role, "local": "", "remote": *address, "resumed": false,
		"lines": strings.Split(strings.TrimSpace(log.text.String()), "\n"),
	})
	fmt.Println(`{"type":"done"}`)
}

func serve(log *keyLog) {
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/text/", func(w http.ResponseWriter, r *http.Request) {
		size, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/text/"))
		seed, _ := strconv.Atoi(r.URL.Query().Get("seed"))
		text := make([]byte, size)
		fillText(text, uint32(seed))
		w.Header().Set("Content-Type", "text/plain")
		w.Write(text)
	})
	server := &http3.Server{Handler: mux, TLSConfig: http3.ConfigureTLSConfig(&tls.Config{
		Certificates: []tls.Certificate{newCertificate()}, KeyLogWriter: log,
	})}
	go func() { fail(server.Serve(socket)) }()
	announceReady(socket.LocalAddr().String())
	readCommand()
}

// fetchAll opens half of the connections side by side, then the others one by one.
func fetchAll(log *keyLog, address string, connections, requests int) {
	var done sync.WaitGroup
	for i := 0; i < connections; i++ {
		if i >= connections/2 {
			done.Wait()
		}
		done.Add(1)
		go func() {
			defer done.Done()
			transport := &http3.Transport{TLSClientConfig: &tls.Config{
				InsecureSkipVerify: true, ServerName: "localhost", KeyLogWriter: log,
			}}
			defer transport.Close()
			for j := 0; j < requests; j++ {
				seed := 10*i + j
				fetch(transport, fmt.Sprintf("https://%s/text/%d?seed=%d", address, 640*(1+seed), seed))
			}
		}()
	}
	done.Wait()
}

func fetch(transport *http3.Transport, url string) {
	request, err := http.NewRequestWithContext(context.Background(), "GET", url, nil)
	if err != nil {
		fail(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		fail(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		fail(err)
	}
	fmt.Printf("{\"type\":\"response\",\"path\":%q,\"protocol\":%q}\n", request.URL.RequestURI(), response.Proto)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "quic:", err)
	os.Exit(2)
}
