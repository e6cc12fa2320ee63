package main

import (
	"os"
	"os/exec"
)

// startWorker runs this program again, with a descriptor as its fourth, and calls ready when it is about to run.
func startWorker(role string, file *os.File, options map[string]bool, ready func()) {
	arguments := []string{role, "-", "-"}
	for option := range options {
		if option != "prefork" {
			arguments = append(arguments, option)
		}
	}
	worker := exec.Command("/proc/self/exe", arguments...)
	worker.Stdout, worker.Stderr = os.Stdout, os.Stderr
	worker.ExtraFiles = []*os.File{file}
	check(worker.Start())
	ready()
}

// waitForEnd stays while its worker serves, until standard input ends.
func waitForEnd() {
	for {
		if _, more := readCommand(); !more {
			return
		}
	}
}
