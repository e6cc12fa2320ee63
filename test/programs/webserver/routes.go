package main

import (
	"compress/gzip"
	"fmt"
	"io/ioutil"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// routes: /hello; /bare/ANY and /ordinary/ANY for load tests; /bytes/N and /text/N with ?seed=S; POST /echo; /gzip/N; /chunked/N in pieces; /sse?n=N events.
func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello over %s\n", r.Proto)
	})
	mux.HandleFunc("/bare/", func(w http.ResponseWriter, r *http.Request) {
		w.Write(hundredBytes)
	})
	mux.HandleFunc("/ordinary/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(ordinaryWork(r.URL.Path))
	})
	mux.HandleFunc("/bytes/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Write(body(r, fill))
	})
	mux.HandleFunc("/text/", func(w http.ResponseWriter, r *http.Request) {
		b := body(r, fillText)
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		w.Write(b)
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		b, err := ioutil.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		w.Write(b)
	})
	mux.HandleFunc("/gzip/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Encoding", "gzip")
		compressed := gzip.NewWriter(w)
		compressed.Write(body(r, fillText))
		compressed.Close()
	})
	mux.HandleFunc("/chunked/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Trailer", "X-Pieces")
		b := body(r, fillText)
		pieces := 0
		for ; len(b) > 0; pieces++ {
			n := 1 + pieces*977%5000
			if n > len(b) {
				n = len(b)
			}
			w.Write(b[:n])
			w.(http.Flusher).Flush()
			b = b[n:]
		}
		w.Header().Set("X-Pieces", strconv.Itoa(pieces))
	})
	mux.HandleFunc("/sse", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 1; i <= number(r.URL.Query().Get("n"), 3); i++ {
			fmt.Fprintf(w, "id: %d\ndata: {\"tick\":%d}\n\n", i, i)
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	})
	return mux
}

func body(r *http.Request, generate func([]byte, uint32)) []byte {
	b := make([]byte, number(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:], 0))
	generate(b, uint32(number(r.URL.Query().Get("seed"), 1)))
	return b
}

func number(text string, otherwise int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 64<<20 {
		return otherwise
	}
	return n
}
