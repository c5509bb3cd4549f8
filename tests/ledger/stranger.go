// A verifier of the records that shares no code with them: Go's own packages for signed notes and transparent logs.
//
//	stranger FOLDER VERIFIER-KEY [INDEX OLD-SIZE]...
//
// It checks the signature of the checkpoint, every tile against the signed root, and every entry against its tile, and
// prints what it found as JSON. For each index and older size it prints the proofs that it makes
// itself.
package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type folder string

func (f folder) Height() int { return height }

func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

// The specification leaves out the height, which Go's own layout names first.
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		all[i] = data
	}
	return all, nil
}

func (f folder) entries(size int64) ([][]byte, error) {
	var all [][]byte
	for first := int64(0); first < size; first += 256 {
		width := size - first
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: height, L: 0, N: first / 256, W: int(width)}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		for len(data) > 0 {
			length := 2 + int(binary.BigEndian.Uint16(data))
			if length > len(data) {
				return nil, errors.New(path + " ends within an entry")
			}
			all = append(all, data[2:length])
			data = data[length:]
		}
	}
	if int64(len(all)) != size {
		return nil, fmt.Errorf("%d entries in a log of %d", len(all), size)
	}
	return all, nil
}

func verify(dir folder, key string, wish []string) (map[string]interface{}, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return nil, err
	}
	signed, err := os.ReadFile(filepath.Join(string(dir), "checkpoint"))
	if err != nil {
		return nil, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return nil, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return nil, errors.New("the checkpoint has not its three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return nil, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return nil, err
	}
	tree := tlog.Tree{N: size, Hash: root}
	reader := tlog.TileHashReader(tree, dir)
	entries, err := dir.entries(size)
	if err != nil {
		return nil, err
	}
	for first := 0; first < len(entries); first += 256 {
		var indexes []int64
		for i := first; i < len(entries) && i < first+256; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, int64(i)))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return nil, err
		}
		for i, hash := range hashes {
			if hash != tlog.RecordHash(entries[first+i]) {
				return nil, fmt.Errorf("entry %d is not in its tile", first+i)
			}
		}
	}
	found := map[string]interface{}{"origin": lines[0], "size": size, "entries": len(entries)}
	proofs := []map[string]interface{}{}
	for ; len(wish) >= 2; wish = wish[2:] {
		proof, err := prove(tree, reader, entries, wish)
		if err != nil {
			return nil, err
		}
		proofs = append(proofs, proof)
	}
	found["proofs"] = proofs
	return found, nil
}

func prove(tree tlog.Tree, reader tlog.HashReader, entries [][]byte, wish []string) (map[string]interface{}, error) {
	index, _ := strconv.ParseInt(wish[0], 10, 64)
	old, _ := strconv.ParseInt(wish[1], 10, 64)
	record, err := tlog.ProveRecord(tree.N, index, reader)
	if err != nil {
		return nil, err
	}
	if err := tlog.CheckRecord(record, tree.N, tree.Hash, index, tlog.RecordHash(entries[index])); err != nil {
		return nil, err
	}
	oldRoot, err := tlog.TreeHash(old, reader)
	if err != nil {
		return nil, err
	}
	growth, err := tlog.ProveTree(tree.N, old, reader)
	if err != nil {
		return nil, err
	}
	if err := tlog.CheckTree(growth, tree.N, tree.Hash, old, oldRoot); err != nil {
		return nil, err
	}
	return map[string]interface{}{"record": texts(record), "growth": texts(growth), "oldRoot": oldRoot.String()}, nil
}

func texts(hashes []tlog.Hash) []string {
	all := []string{}
	for _, hash := range hashes {
		all = append(all, hash.String())
	}
	return all
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: stranger FOLDER VERIFIER-KEY [INDEX OLD-SIZE]...")
		os.Exit(2)
	}
	found, err := verify(folder(os.Args[1]), os.Args[2], os.Args[3:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	json.NewEncoder(os.Stdout).Encode(found)
}
