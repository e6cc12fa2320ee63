package main

// fill writes the bytes of a xorshift32 generator: the same ones in every language that reimplements these lines.
func fill(b []byte, seed uint32) {
	x := seed*2654435761 + 1
	if x == 0 {
		x = 1
	}
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x >> 8)
	}
}

// fillText writes lines of 63 letters from the same generator.
func fillText(b []byte, seed uint32) {
	fill(b, seed)
	for i := range b {
		if i%64 == 63 {
			b[i] = '\n'
		} else {
			b[i] = 'a' + b[i]%26
		}
	}
}
