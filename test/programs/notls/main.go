// Command notls is a Go program without crypto/tls.
package main

func main() {
	announceReady("")
	for {
		if _, more := readCommand(); !more {
			return
		}
	}
}
