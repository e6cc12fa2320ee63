package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
)

var stdin = bufio.NewReader(os.Stdin)

// announceReady tells the parent, as one JSON line, that everything is set up.
func announceReady(address string) {
	fmt.Printf("{\"type\":\"ready\",\"pid\":%d,\"go\":%q,\"address\":%q}\n", os.Getpid(), runtime.Version(), address)
}

// readCommand waits for one line on standard input; false at its end.
func readCommand() (string, bool) {
	line, err := stdin.ReadString('\n')
	if err != nil {
		return "", false
	}
	return line[:len(line)-1], true
}
