// Command fetch is an ordinary net/http client: it gets, or with a body posts to, one URL a number of times and says
// what came back. With several connections, one after the other, "%d" in the URL is the number of each.
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"io/ioutil"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"
)

func main() {
	http1 := flag.Bool("http1", false, "HTTP/1.1 only")
	body := flag.String("body", "", "what to post")
	times := flag.Int("times", 1, "number of requests, one after the other")
	connections := flag.Int("connections", 1, "number of connections")
	resume := flag.Bool("resume", false, "resume sessions: every second connection that of the one before")
	maximum := flag.String("tls", "", "highest TLS version, 1.2 or 1.3")
	flag.Parse()
	config := &tls.Config{InsecureSkipVerify: true}
	if *maximum == "1.2" {
		config.MaxVersion = tls.VersionTLS12
	}
	announceReady("")
	readCommand()
	for i := 0; i < *connections; i++ {
		if *resume && i%2 == 0 {
			config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
		}
		transport := &http.Transport{TLSClientConfig: config.Clone()}
		// A field since Go 1.13; before, a transport with a TLS configuration of its own speaks HTTP/1.1.
		if force := reflect.ValueOf(transport).Elem().FieldByName("ForceAttemptHTTP2"); force.IsValid() && !*http1 {
			force.SetBool(true)
		}
		client := &http.Client{Transport: transport}
		for j := 0; j < *times; j++ {
			fetch(client, strings.Replace(flag.Arg(0), "%d", strconv.Itoa(i), -1), *body)
		}
		transport.CloseIdleConnections()
	}
}

func fetch(client *http.Client, url, body string) {
	method, reader := "GET", io.Reader(nil)
	if body != "" {
		method, reader = "POST", strings.NewReader(body)
	}
	request, err := http.NewRequest(method, url, reader)
	if err != nil {
		fail(err)
	}
	response, err := client.Do(request)
	if err != nil {
		fail(err)
	}
	received, err := ioutil.ReadAll(response.Body)
	if err != nil {
		fail(err)
	}
	response.Body.Close()
	sum := sha256.Sum256(received)
	fmt.Printf("{\"type\":\"response\",\"status\":%d,\"protocol\":%q,\"bytes\":%d,\"sha256\":%q,\"resumed\":%t}\n",
		response.StatusCode, response.Proto, len(received), hex.EncodeToString(sum[:]), response.TLS != nil && response.TLS.DidResume)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "fetch:", err)
	os.Exit(2)
}
