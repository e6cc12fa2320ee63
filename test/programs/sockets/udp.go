package main

import (
	"net"
	"os"
)

func serveUDP(network, address string, options map[string]bool) {
	connection, err := net.ListenPacket(network, address)
	check(err)
	if options["prefork"] {
		file, err := connection.(*net.UDPConn).File()
		check(err)
		startWorker("udp-worker", file, options, func() { announceReady(connection.LocalAddr().String()) })
		waitForEnd()
	}
	announceReady(connection.LocalAddr().String())
	echoPackets(connection)
}

func workUDP() {
	connection, err := net.FilePacketConn(os.NewFile(3, "inherited"))
	check(err)
	say("worker")
	echoPackets(connection)
}

func echoPackets(connection net.PacketConn) {
	buffer := make([]byte, 65536)
	for {
		length, from, err := connection.ReadFrom(buffer)
		check(err)
		_, err = connection.WriteTo(buffer[:length], from)
		check(err)
	}
}

// speakUDP sends from a connected socket, or with `unconnected` to an address.
func speakUDP(network, address string, options map[string]bool) {
	remote, err := net.ResolveUDPAddr(network, address)
	check(err)
	var connection *net.UDPConn
	announceReady(address)
	for {
		command, more := readCommand()
		if !more {
			return
		}
		switch command {
		case "connect":
			if options["unconnected"] {
				connection, err = net.ListenUDP(network, nil)
			} else {
				connection, err = net.DialUDP(network, nil, remote)
			}
			check(err)
		case "exchange":
			if options["unconnected"] {
				exchangePackets(connection, remote, 700)
			} else {
				exchange(connection)
			}
		case "fragments":
			exchangePackets(connection, remote, 6000)
		case "flood":
			for i := 0; i < 50000; i++ {
				if options["unconnected"] {
					connection.WriteTo(make([]byte, 64), remote)
				} else {
					connection.Write(make([]byte, 64))
				}
			}
		case "close":
			check(connection.Close())
		case "end":
			os.Exit(0)
		}
		say(command)
	}
}

func exchangePackets(connection *net.UDPConn, remote *net.UDPAddr, length int) {
	for i := 0; i < 3; i++ {
		_, err := connection.WriteTo(make([]byte, length+i), remote)
		check(err)
		_, _, err = connection.ReadFrom(make([]byte, 65536))
		check(err)
	}
}
