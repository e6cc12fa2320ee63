package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

var hundredBytes = []byte("one hundred bytes, as a handler that does nothing else would answer to whoever asks for it; no more.\n")[:100]

type item struct {
	ID    int      `json:"id"`
	Name  string   `json:"name"`
	Price float64  `json:"price"`
	Tags  []string `json:"tags"`
}

// ordinaryWork is what a small JSON service does for one answer: some 15 µs of decoding, encoding and hashing.
func ordinaryWork(path string) []byte {
	items := make([]item, 0, 4)
	for i := 0; i < cap(items); i++ {
		items = append(items, item{i, path, float64(i) * 1.25, []string{"new", "sale"}})
	}
	list, err := json.Marshal(items)
	if err != nil {
		panic(err)
	}
	var decoded []item
	if err := json.Unmarshal(list, &decoded); err != nil {
		panic(err)
	}
	digest := sha256.Sum256(list)
	answer, err := json.Marshal(map[string]interface{}{"count": len(decoded), "digest": hex.EncodeToString(digest[:]), "first": decoded[0]})
	if err != nil {
		panic(err)
	}
	return answer
}
