package main

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"math/rand"
	"net"
	"sync"
)

// How the two ends take turns.
const (
	duplex          = iota // both write and read at once, then close their own direction
	requestResponse        // the server answers after the client closed its direction
	answerAndClose         // the server answers and closes in one go: data can come together with io.EOF
	lockstep               // a piece there, a piece back
	patternCount
)

// greeting opens each connection and tells the server everything it needs: pattern, seed, bytes up, bytes down, late.
const greetingBytes = 14

type traffic struct {
	pattern int
	seed    uint32
	up      int
	down    int
	late    bool
}

func acceptAll(listener net.Listener) {
	config := &tls.Config{Certificates: []tls.Certificate{newCertificate()}, MinVersion: tls.VersionTLS10}
	for {
		raw, err := listener.Accept()
		if err != nil {
			return
		}
		serving.Add(1)
		go func() {
			defer serving.Done()
			server := newEndpoint("server", tls.Server(raw, config), raw, 0)
			server.runServer()
		}()
	}
}

func (e *endpoint) runClient(greeted *sync.WaitGroup, release chan bool) {
	plan := traffic{
		pattern: e.random.Intn(patternCount), seed: e.random.Uint32(),
		up: streamSize(e.random), down: streamSize(e.random), late: *late,
	}
	var greeting [greetingBytes]byte
	greeting[0] = byte(plan.pattern)
	binary.BigEndian.PutUint32(greeting[1:], plan.seed)
	binary.BigEndian.PutUint32(greeting[5:], uint32(plan.up))
	binary.BigEndian.PutUint32(greeting[9:], uint32(plan.down))
	if plan.late {
		greeting[13] = 1
	}
	e.expected = content(plan.down, plan.seed+1)
	ok := e.write(greeting[:])
	if plan.late && ok {
		var acknowledgement [1]byte
		if _, err := io.ReadFull(e.connection, acknowledgement[:]); err != nil {
			e.note(err)
		}
		e.forgetTraffic()
	}
	greeted.Done()
	<-release
	if !ok {
		return
	}
	if plan.late {
		e.write([]byte{'>'}) // the server's go-ahead
	}
	up := content(plan.up, plan.seed)
	switch plan.pattern {
	case duplex:
		written := make(chan bool)
		writeRandom := rand.New(rand.NewSource(int64(plan.seed)))
		go func() { e.writeAll(up, writeRandom); e.closeWrite(); close(written) }()
		e.readToEnd()
		<-written
	case requestResponse:
		e.writeAll(up, e.random)
		e.closeWrite()
		e.readToEnd()
	case answerAndClose:
		e.writeAll(up, e.random)
		e.readToEnd()
	case lockstep:
		e.takeTurns(up, plan.down, true)
		e.readToEnd()
	}
	e.end(plan)
}

func (e *endpoint) runServer() {
	var greeting [greetingBytes]byte
	if _, err := io.ReadFull(e.connection, greeting[:]); err != nil {
		e.note(err)
		return
	}
	e.expected = greeting[:]
	e.noteRead(greeting[:], greetingBytes, nil)
	plan := traffic{
		pattern: int(greeting[0]), seed: binary.BigEndian.Uint32(greeting[1:]),
		up: int(binary.BigEndian.Uint32(greeting[5:])), down: int(binary.BigEndian.Uint32(greeting[9:])),
		late: greeting[13] == 1,
	}
	if plan.late {
		e.write([]byte{'!'})
		e.forgetTraffic()
		e.expected = []byte{'>'}
		e.readExactly(1)
	}
	e.random = rand.New(rand.NewSource(int64(plan.seed) + 2))
	e.expected = content(plan.up, plan.seed)
	down := content(plan.down, plan.seed+1)
	switch plan.pattern {
	case duplex:
		written := make(chan bool)
		writeRandom := rand.New(rand.NewSource(int64(plan.seed)))
		go func() { e.writeAll(down, writeRandom); e.closeWrite(); close(written) }()
		e.readToEnd()
		<-written
	case requestResponse:
		e.readToEnd()
		e.writeAll(down, e.random)
	case answerAndClose:
		e.readExactly(plan.up)
		e.writeAll(down, e.random)
	case lockstep:
		e.takeTurns(down, plan.up, false)
	}
	e.end(plan)
}

// takeTurns sends pieces and takes as many bytes back as the other direction has in its next piece.
func (e *endpoint) takeTurns(mine []byte, theirs int, first bool) {
	const pieces = 9
	for i := 0; i < pieces; i++ {
		piece := mine[len(mine)*i/pieces : len(mine)*(i+1)/pieces]
		back := theirs*(i+1)/pieces - theirs*i/pieces
		if !first {
			e.readExactly(back)
		}
		if len(piece) > 0 && !e.write(piece) {
			return
		}
		if first {
			e.readExactly(back)
		}
	}
}

var bufferSizes = []int{1, 7, 512, 4096, 16384, 32768, 1 << 20}

// writeAll uses writes of many sizes, now and then the whole rest at once, some from small stacks that have to grow.
func (e *endpoint) writeAll(b []byte, random *rand.Rand) {
	for len(b) > 0 {
		n := 1 + random.Intn(60000)
		switch random.Intn(12) {
		case 0, 1:
			n = 1 + random.Intn(20)
		case 2:
			n = len(b)
		case 3:
			e.connection.Write(nil)
		}
		if n > len(b) {
			n = len(b)
		}
		ok := true
		call := func() { ok = e.write(b[:n]) }
		if random.Intn(4) == 0 {
			onFreshStack(func() { recurse(n%40, call) })
		} else {
			call()
		}
		if !ok {
			return
		}
		b = b[n:]
	}
}

// readOnce reads into a buffer of any size, on the heap or on the stack. limit < 0: none.
func (e *endpoint) readOnce(limit int) (n int, err error) {
	size := bufferSizes[e.random.Intn(len(bufferSizes))]
	if limit >= 0 && size > limit {
		size = limit
	}
	call := func() { n, err = e.read(make([]byte, size)) }
	if size >= 256 && e.random.Intn(3) == 0 {
		call = func() { n, err = e.readOnStack(e.connection) }
	}
	if e.random.Intn(5) == 0 {
		onFreshStack(func() { recurse(e.random.Intn(40), call) })
	} else {
		call()
	}
	return n, err
}

func (e *endpoint) readToEnd() {
	for {
		if _, err := e.readOnce(-1); err != nil {
			e.note(err)
			return
		}
	}
}

func (e *endpoint) readExactly(total int) {
	for total > 0 {
		n, err := e.readOnce(total)
		total -= n
		if err != nil {
			e.note(err)
			return
		}
	}
}

func (e *endpoint) closeWrite() {
	if err := e.connection.CloseWrite(); err != nil {
		e.note(err)
	}
}

// end closes in the ways programs do: after calls that move nothing, once or twice, below TLS, or not at all.
func (e *endpoint) end(plan traffic) {
	if *abort && plan.pattern == duplex {
		return
	}
	e.connection.Read(nil)
	if *abandon && plan.pattern == duplex {
		e.raw.Close()
		return
	}
	if e.random.Intn(4) == 0 {
		e.connection.Close()
	}
	e.connection.Close()
}

// streamSize is uniform half of the time, else anywhere between one byte and the maximum by magnitude.
func streamSize(random *rand.Rand) int {
	limit := *maxBytes
	if random.Intn(2) == 0 {
		for limit > 10 && random.Intn(3) > 0 {
			limit /= 10
		}
	}
	return 1 + random.Intn(limit)
}

func content(length int, seed uint32) []byte {
	b := make([]byte, length)
	fill(b, seed)
	return b
}

func onFreshStack(call func()) {
	done := make(chan bool)
	go func() { call(); close(done) }()
	<-done
}

//go:noinline
func recurse(depth int, call func()) byte {
	var pad [200]byte
	pad[depth%200] = byte(depth)
	if depth == 0 {
		call()
		return pad[0]
	}
	return recurse(depth-1, call) + pad[depth%200]
}
