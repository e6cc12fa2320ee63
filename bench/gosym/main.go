// Command gosym looks functions up with Go's own debug/gosym, to compare with.
//
//	gosym FILE TABLE-OFFSET TABLE-LENGTH TEXT-ADDRESS [NAME…]
//
// It reads the function table at that place of the file and prints one JSON line with the CPU time that this took (user
// and system, all threads) and the functions of these names, or all of them if no name is given.
package main

import (
	"debug/gosym"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

type function struct {
	Name  string `json:"name"`
	Entry uint64 `json:"address"`
	End   uint64 `json:"endAddress"`
}

type result struct {
	CPUNs     int64      `json:"cpuNs"`
	Functions []function `json:"functions"`
}

func main() {
	if len(os.Args) < 5 {
		fail(fmt.Errorf("usage: gosym FILE TABLE-OFFSET TABLE-LENGTH TEXT-ADDRESS [NAME…]"))
	}
	before := cpuNs()
	functions, err := find(os.Args[1], number(os.Args[2]), number(os.Args[3]), number(os.Args[4]), os.Args[5:])
	if err != nil {
		fail(err)
	}
	line, err := json.Marshal(result{cpuNs() - before, functions})
	if err != nil {
		fail(err)
	}
	fmt.Println(string(line))
}

func find(path string, offset, length, text uint64, names []string) ([]function, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	bytes := make([]byte, length)
	if _, err := file.ReadAt(bytes, int64(offset)); err != nil {
		return nil, err
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(bytes, text))
	if err != nil {
		return nil, err
	}
	functions := []function{}
	if len(names) == 0 {
		for _, f := range table.Funcs {
			functions = append(functions, function{f.Name, f.Entry, f.End})
		}
	}
	for _, name := range names {
		if f := table.LookupFunc(name); f != nil {
			functions = append(functions, function{f.Name, f.Entry, f.End})
		}
	}
	return functions, nil
}

func cpuNs() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fail(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func number(text string) uint64 {
	value, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		fail(err)
	}
	return value
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "gosym:", err)
	os.Exit(1)
}
