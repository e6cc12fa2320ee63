package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

// serveTCP listens, and serves by itself or in a process of its own: `prefork` hands over the listener, `hand-over` each
// connection once it is accepted.
func serveTCP(network, address string, options map[string]bool) {
	listening := net.ListenConfig{}
	listening.SetMultipathTCP(options["multipath"])
	listener, err := listening.Listen(context.Background(), network, address)
	check(err)
	file, err := listener.(*net.TCPListener).File()
	check(err)
	if options["prefork"] {
		startWorker("tcp-worker", file, options, func() { announceReady(listener.Addr().String()) })
		waitForEnd()
	}
	announceReady(listener.Addr().String())
	if options["hand-over"] {
		connection, err := listener.Accept()
		check(err)
		accepted, err := connection.(*net.TCPConn).File()
		check(err)
		startWorker("tcp-worker", accepted, map[string]bool{"connected": true}, func() {})
		check(accepted.Close())
		check(connection.Close())
		waitForEnd()
	}
	acceptAll(listener, file, options)
}

// workTCP serves what it was started with.
func workTCP(options map[string]bool) {
	file := os.NewFile(3, "inherited")
	if options["connected"] {
		connection, err := net.FileConn(file)
		check(err)
		say("worker")
		echo(connection, options)
		return
	}
	listener, err := net.FileListener(file)
	check(err)
	say("worker")
	acceptAll(listener, file, options)
}

func acceptAll(listener net.Listener, file *os.File, options map[string]bool) {
	for {
		var connection io.ReadWriteCloser
		var err error
		if options["bare"] {
			connection, err = acceptBare(file)
		} else {
			connection, err = listener.Accept()
		}
		check(err)
		go echo(connection, options)
	}
}

// acceptBare does not ask for the peer's address, as many programs in C do.
func acceptBare(file *os.File) (io.ReadWriteCloser, error) {
	check(syscall.SetNonblock(int(file.Fd()), false))
	fd, _, errno := syscall.Syscall6(syscall.SYS_ACCEPT4, file.Fd(), 0, 0, syscall.SOCK_CLOEXEC, 0, 0)
	if errno != 0 {
		return nil, errno
	}
	return os.NewFile(fd, "accepted"), nil
}

func echo(connection io.ReadWriteCloser, options map[string]bool) {
	buffer := make([]byte, 65536)
	for {
		length, err := connection.Read(buffer)
		if err != nil {
			break
		}
		if _, err = connection.Write(buffer[:length]); err != nil {
			break
		}
	}
	connection.Close()
	say("closed")
}

func speakTCP(network, address string, options map[string]bool) {
	var connection net.Conn
	announceReady(address)
	for {
		command, more := readCommand()
		if !more {
			return
		}
		switch command {
		case "connect":
			dialer := net.Dialer{}
			dialer.SetMultipathTCP(options["multipath"])
			opened, err := dialer.DialContext(context.Background(), network, address)
			check(err)
			connection = opened
			fmt.Printf("{\"type\":\"local\",\"port\":%d}\n", opened.LocalAddr().(*net.TCPAddr).Port)
		case "exchange":
			exchange(connection)
		case "rounds":
			for i := 0; i < 5000; i++ {
				exchange(connection)
			}
		case "reset":
			check(connection.(*net.TCPConn).SetLinger(0))
			check(connection.Close())
		case "close":
			check(connection.Close())
		case "end":
			os.Exit(0)
		}
		say(command)
	}
}

// exchange sends a few messages of growing length and waits for each to come back.
func exchange(connection net.Conn) {
	for i := 0; i < 3; i++ {
		message := make([]byte, 200+i*700)
		_, err := connection.Write(message)
		check(err)
		if _, isPacket := connection.(*net.UDPConn); isPacket {
			_, err = connection.Read(make([]byte, 65536))
		} else {
			_, err = io.ReadFull(connection, message)
		}
		check(err)
	}
}
