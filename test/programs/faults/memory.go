package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io/ioutil"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

const (
	adviseRandom     = 1
	adviseDontNeed   = 4
	advisePageOut    = 21
	fileDontNeed     = 4
	userfaultAPI     = 0xaa
	faultMissingMode = 1
	pageFaultEvent   = 0x12
	// Requests of ioctl(2), include/uapi/linux/userfaultfd.h.
	requestAPI      = 0xc018aa3f
	requestRegister = 0xc020aa00
	requestCopy     = 0xc028aa03
)

// The generic table of system calls is arm64's.
func number(amd64, arm64 uintptr) uintptr {
	if runtime.GOARCH == "arm64" {
		return arm64
	}
	return amd64
}

// coldFile maps a file whose pages are then dropped: from this process and from the page cache ("dropped"), or by asking
// for their reclaim after they were used ("paged-out"). The first `warm` bytes are used again. It gives the mapping, the
// content, and how many of the cold pages the kernel still has in memory.
func coldFile(path string, how string, warm int) (mapped, expected []byte, resident int) {
	file, err := os.Open(path)
	if err != nil {
		fail(err)
	}
	defer file.Close()
	if expected, err = ioutil.ReadAll(file); err != nil {
		fail(err)
	}
	mapped, err = syscall.Mmap(int(file.Fd()), 0, len(expected), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		fail(err)
	}
	// What was not written to the disk yet is not dropped.
	syscall.Fsync(int(file.Fd()))
	// Without read-ahead, so that using the warm part leaves the rest alone.
	advise(mapped, adviseRandom)
	if how == "paged-out" {
		if !bytes.Equal(mapped, expected) {
			fail(fmt.Errorf("%s is mapped otherwise than it is read", path))
		}
		// A page that is in use at that moment stays.
		for try := 0; try < 50 && countResident(mapped, 0) > 0; try++ {
			advise(mapped, advisePageOut)
			time.Sleep(10 * time.Millisecond)
		}
	} else {
		advise(mapped, adviseDontNeed)
		syscall.Syscall6(number(221, 223), file.Fd(), 0, uintptr(len(mapped)), fileDontNeed, 0, 0)
	}
	for i := 0; i < warm; i += os.Getpagesize() {
		sink += int(mapped[i])
	}
	return mapped, expected, countResident(mapped, warm)
}

// countResident counts pages that are in memory, from the one at `start` on.
func countResident(mapped []byte, start int) (count int) {
	pages := make([]byte, (len(mapped)+os.Getpagesize()-1)/os.Getpagesize())
	syscall.Syscall(number(27, 232), address(mapped), uintptr(len(mapped)), address(pages))
	for i := (start + os.Getpagesize() - 1) / os.Getpagesize(); i < len(pages); i++ {
		count += int(pages[i] & 1)
	}
	return count
}

var sink int

func advise(b []byte, advice uintptr) {
	if _, _, code := syscall.Syscall(number(28, 233), address(b), uintptr(len(b)), advice); code != 0 {
		fail(fmt.Errorf("madvise %d: %v", advice, code))
	}
}

// lateMemory gives memory whose pages are missing. The first use of one waits until all of them are supplied, `delay`
// after it; that is told through `answered`.
func lateMemory(content []byte, delay time.Duration) (mapped []byte, answered chan bool) {
	size := (len(content) + os.Getpagesize() - 1) / os.Getpagesize() * os.Getpagesize()
	mapped, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		fail(err)
	}
	supply := make([]byte, size)
	copy(supply, content)
	descriptor, _, code := syscall.Syscall(number(323, 282), syscall.O_CLOEXEC, 0, 0)
	if code != 0 {
		fail(fmt.Errorf("userfaultfd: %v", code))
	}
	request(descriptor, requestAPI, userfaultAPI, 0, 0)
	request(descriptor, requestRegister, uint64(address(mapped)), uint64(size), faultMissingMode, 0)
	answered = make(chan bool)
	go func() {
		var message [32]byte
		if n, err := syscall.Read(int(descriptor), message[:]); err != nil || n != len(message) || message[0] != pageFaultEvent {
			fail(fmt.Errorf("userfaultfd: %d bytes, event %d, %v", n, message[0], err))
		}
		time.Sleep(delay)
		request(descriptor, requestCopy, uint64(address(mapped)), uint64(address(supply)), uint64(size), 0, 0)
		runtime.KeepAlive(supply)
		close(answered)
		syscall.Close(int(descriptor))
	}()
	return mapped[:len(content)], answered
}

// request is ioctl(2) with a block of 64-bit words.
func request(descriptor, name uintptr, words ...uint64) {
	block := make([]byte, 8*len(words))
	for i, word := range words {
		binary.LittleEndian.PutUint64(block[8*i:], word)
	}
	if _, _, code := syscall.Syscall(syscall.SYS_IOCTL, descriptor, name, address(block)); code != 0 {
		fail(fmt.Errorf("ioctl %x: %v", name, code))
	}
}

func address(b []byte) uintptr { return uintptr(unsafe.Pointer(&b[0])) }
