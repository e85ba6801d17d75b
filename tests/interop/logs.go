// Reads logs and proofs with golang.org/x/mod/sumdb and nothing of ledgit.
//
// Standard input has one JSON object a line, each a log to check; standard output gets one line for each: "ok", or
// what is wrong with it. See Log for the members. Built and run by tests/interop.rs.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Log is what one line of input asks.
type Log struct {
	// Dir is a tlog-tiles directory; empty to check proofs alone.
	Dir string
	// Vkey is the log's key.
	Vkey string
	// Size that the checkpoint must have.
	Size int64
	// Proofs are tlog-proof files of entries of this log.
	Proofs []Proof
	// Older sizes of the log.
	Older []Older
}

// Proof is a tlog-proof file and the entry that stands beside it.
type Proof struct {
	Text  string
	Entry []byte
}

// Older is a size that the log had, and the consistency proof from it (null: only compare the root).
type Older struct {
	Size int64
	Root tlog.Hash
	Path []tlog.Hash
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var log Log
		if err = json.Unmarshal(line, &log); err == nil {
			err = check(log)
		}
		if err != nil {
			fmt.Printf("%q\n", err.Error())
		} else {
			fmt.Println("ok")
		}
	}
}

func check(log Log) error {
	for number, proof := range log.Proofs {
		if err := checkProof(log, proof); err != nil {
			return fmt.Errorf("proof %d: %w", number, err)
		}
	}
	if log.Dir == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(log.Dir, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := open(text, log.Vkey)
	if err != nil {
		return err
	}
	if tree.N != log.Size {
		return fmt.Errorf("the checkpoint is of %d entries", tree.N)
	}
	stored, err := rebuild(log.Dir, tree)
	if err != nil {
		return err
	}
	if err := checkFiles(log.Dir, tree, stored); err != nil {
		return err
	}
	if err := checkProven(log, tree, stored); err != nil {
		return err
	}
	return checkOlder(log, tree, stored)
}

// open reads a checkpoint: a signed note whose text is that of a Go checksum database but for the first line.
func open(text []byte, vkey string) (tree tlog.Tree, err error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	signed, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	origin, rest, found := strings.Cut(signed.Text, "\n")
	if !found || origin != verifier.Name() {
		return tree, fmt.Errorf("the checkpoint is of %q", origin)
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

// Hashes is everything that tlog stores of a log, in its order.
type Hashes []tlog.Hash

// ReadHashes serves tlog.
func (h Hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, 0, len(indexes))
	for _, index := range indexes {
		if index >= int64(len(h)) {
			return nil, fmt.Errorf("no stored hash %d", index)
		}
		found = append(found, h[index])
	}
	return found, nil
}

// rebuild computes all hashes from the entry bundles, and demands the root that was signed.
func rebuild(dir string, tree tlog.Tree) (stored Hashes, err error) {
	for at := int64(0); at < tree.N; {
		width := min(256, tree.N-at)
		bundle, err := os.ReadFile(filepath.Join(dir, entriesPath(at/256, int(width))))
		if err != nil {
			return nil, err
		}
		for end := at + width; at < end; at++ {
			if len(bundle) < 2 {
				return nil, fmt.Errorf("the bundle ends before entry %d", at)
			}
			size := 2 + int(bundle[0])<<8 + int(bundle[1])
			if len(bundle) < size {
				return nil, fmt.Errorf("the bundle ends in entry %d", at)
			}
			more, err := tlog.StoredHashesForRecordHash(at, tlog.RecordHash(bundle[2:size]), stored)
			if err != nil {
				return nil, err
			}
			stored, bundle = append(stored, more...), bundle[size:]
		}
		if len(bundle) > 0 {
			return nil, fmt.Errorf("%d bytes after entry %d", len(bundle), at-1)
		}
	}
	root, err := tlog.TreeHash(tree.N, stored)
	if err == nil && root != tree.Hash {
		err = fmt.Errorf("the entries have root %v, the checkpoint %v", root, tree.Hash)
	}
	return stored, err
}

// checkFiles demands that the directory holds the tiles that tlog names, with its bytes, and nothing else.
func checkFiles(dir string, tree tlog.Tree, stored Hashes) error {
	wanted := map[string]bool{"checkpoint": true}
	for at := int64(0); at < tree.N; at += 256 {
		wanted[entriesPath(at/256, int(min(256, tree.N-at)))] = true
	}
	for _, tile := range tlog.NewTiles(8, 0, tree.N) {
		// tlog names a partial tile of every width; a static log has the last one.
		if last := tree.N >> (8 * tile.L) % 256; tile.W < 256 && int64(tile.W) != last {
			continue
		}
		data, err := tlog.ReadTileData(tile, stored)
		if err != nil {
			return err
		}
		path := tilePath(tile)
		found, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return err
		}
		if !bytes.Equal(data, found) {
			return fmt.Errorf("%s is not what the entries say", path)
		}
		wanted[path] = true
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		name, err := filepath.Rel(dir, path)
		if err == nil && !wanted[name] {
			err = fmt.Errorf("%s does not belong there", name)
		}
		return err
	})
	if err == nil && files != len(wanted) {
		err = fmt.Errorf("%d files, not %d", files, len(wanted))
	}
	return err
}

// checkProven reads every leaf through the tiles alone, as a client that trusts only the root does.
func checkProven(log Log, tree tlog.Tree, stored Hashes) error {
	reader := tlog.TileHashReader(tree, tiles(log.Dir))
	step := max(1, tree.N/500)
	for at := int64(0); at < tree.N; at += step {
		index := tlog.StoredHashIndex(0, at)
		hashes, err := reader.ReadHashes([]int64{index})
		if err != nil {
			return err
		}
		if hashes[0] != stored[index] {
			return fmt.Errorf("the tiles have another leaf %d", at)
		}
		proof, err := tlog.ProveRecord(tree.N, at, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, at, hashes[0]); err != nil {
			return err
		}
	}
	return nil
}

func checkOlder(log Log, tree tlog.Tree, stored Hashes) error {
	for _, older := range log.Older {
		root, err := tlog.TreeHash(older.Size, stored)
		if err != nil {
			return err
		}
		if root != older.Root {
			return fmt.Errorf("at size %d the root was %v, not %v", older.Size, root, older.Root)
		}
		if older.Path == nil {
			continue
		}
		if err := tlog.CheckTree(older.Path, tree.N, tree.Hash, older.Size, older.Root); err != nil {
			return fmt.Errorf("from size %d: %w", older.Size, err)
		}
	}
	return nil
}

// checkProof reads a tlog-proof file (C2SP): header, index, path, an empty line, the checkpoint.
func checkProof(log Log, proof Proof) error {
	head, checkpoint, found := strings.Cut(proof.Text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("no tlog-proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil || lines[1] != fmt.Sprintf("index %d", index) {
		return fmt.Errorf("no index in %q", lines[1])
	}
	var path tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			return fmt.Errorf("%q is no hash", line)
		}
		path = append(path, *(*tlog.Hash)(hash))
	}
	tree, err := open([]byte(checkpoint), log.Vkey)
	if err != nil {
		return err
	}
	if tree.N != log.Size {
		return fmt.Errorf("the checkpoint is of %d entries", tree.N)
	}
	return tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(proof.Entry))
}

// tiles reads a directory for tlog.
type tiles string

func (d tiles) Height() int { return 8 }

func (d tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (d tiles) ReadTiles(wanted []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range wanted {
		found, err := os.ReadFile(filepath.Join(string(d), tilePath(tile)))
		if err != nil {
			return nil, err
		}
		data = append(data, found)
	}
	return data, nil
}

// tilePath is C2SP's name: the one of the Go checksum database without the height.
func tilePath(tile tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
}

func entriesPath(number int64, width int) string {
	path := tlog.Tile{H: 8, L: 0, N: number, W: width}.Path()
	return "tile/entries/" + strings.TrimPrefix(path, "tile/8/0/")
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func max(a, b int64) int64 {
	if a > b {
		return a
	}
	return b
}
