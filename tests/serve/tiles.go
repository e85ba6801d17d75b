// Reads a log over HTTP with golang.org/x/mod/sumdb and nothing of ledgit.
//
// Arguments: URL, verifier key. It opens the checkpoint, reads every entry, proves each from the tiles, and proves that
// the log begins with each smaller one. Prints "ok SIZE". Built and run by tests/serve/others.rs.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type reader struct{ url string }

func (r reader) get(path string) ([]byte, error) {
	answer, err := http.Get(r.url + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// path is that of C2SP: Go's own has the height, and another name for entries.
func path(tile tlog.Tile) string {
	_, rest, _ := strings.Cut(strings.TrimPrefix(tile.Path(), "tile/8/"), "/")
	if tile.L == -1 {
		return "tile/entries/" + rest
	}
	return fmt.Sprintf("tile/%d/%s", tile.L, rest)
}

func (r reader) Height() int                     { return height }
func (r reader) SaveTiles([]tlog.Tile, [][]byte) {}
func (r reader) ReadTiles(tiles []tlog.Tile) (found [][]byte, err error) {
	for _, tile := range tiles {
		bytes, err := r.get(path(tile))
		if err != nil {
			return nil, err
		}
		found = append(found, bytes)
	}
	return found, nil
}

func main() {
	log.SetFlags(0)
	r := reader{os.Args[1]}
	tree, err := open(r, os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	hashes := tlog.TileHashReader(tree, r)
	next := int64(0)
	for next < tree.N {
		tile := tlog.Tile{H: height, L: -1, N: next >> height, W: width(tree.N - next)}
		bytes, err := r.get(path(tile))
		if err != nil {
			log.Fatal(err)
		}
		for len(bytes) > 0 {
			length := int(binary.BigEndian.Uint16(bytes))
			entry := bytes[2 : 2+length]
			bytes = bytes[2+length:]
			proof, err := tlog.ProveRecord(tree.N, next, hashes)
			if err == nil {
				err = tlog.CheckRecord(proof, tree.N, tree.Hash, next, tlog.RecordHash(entry))
			}
			if err != nil {
				log.Fatalf("entry %d: %v", next, err)
			}
			next++
		}
	}
	for size := int64(1); size < tree.N; size++ {
		old, err := tlog.TreeHash(size, hashes)
		if err == nil {
			var proof tlog.TreeProof
			proof, err = tlog.ProveTree(tree.N, size, hashes)
			if err == nil {
				err = tlog.CheckTree(proof, tree.N, tree.Hash, size, old)
			}
		}
		if err != nil {
			log.Fatalf("size %d: %v", size, err)
		}
	}
	fmt.Println("ok", tree.N)
}

func open(r reader, vkey string) (tree tlog.Tree, err error) {
	text, err := r.get("checkpoint")
	if err != nil {
		return tree, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	signed, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	origin, rest, _ := strings.Cut(signed.Text, "\n")
	if origin != verifier.Name() {
		return tree, fmt.Errorf("the checkpoint is of %q", origin)
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

// width is that of the bundle that so many entries are left for.
func width(left int64) int {
	if left > 1<<height {
		return 1 << height
	}
	return int(left)
}
