// Verifies what a Comity ledger hands out with the packages with which Go verifies its own checksum database:
// golang.org/x/mod/sumdb/note and tlog, unchanged. The signature of a witness, which they do not know, is checked in a few
// lines with the standard library.
//
//	go run check.go FOLDER
//
// FOLDER holds what main.rs beside this file writes. Prints "ok" when everything holds and every altered copy is refused.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type files map[string][]byte

var strict = base64.StdEncoding.Strict()

// head opens a checkpoint. The package takes base64 with other unused bits, so they are looked at before.
func head(text, vkey []byte) (tlog.Tree, error) {
	var tree tlog.Tree
	key := strings.TrimSpace(string(vkey))
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tree, err
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if fields := strings.Split(line, " "); len(fields) == 3 {
			if _, err := strict.DecodeString(fields[2]); err != nil {
				return tree, err
			}
		}
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tree, errors.New("not a checkpoint of this log")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

func hashes(lines []string) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, line := range lines {
		data, err := strict.DecodeString(line)
		if err != nil || len(data) != tlog.HashSize || strings.ContainsAny(line, "\r") {
			return nil, errors.New("not a hash")
		}
		all = append(all, *(*tlog.Hash)(data))
	}
	return all, nil
}

func checkProof(all files) error {
	top, checkpoint, found := strings.Cut(string(all["proof"]), "\n\n")
	lines := strings.Split(top, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil || lines[1] != fmt.Sprintf("index %d", index) {
		return errors.New("no index")
	}
	path, err := hashes(lines[2:])
	if err != nil {
		return err
	}
	tree, err := head([]byte(checkpoint), all["vkey"])
	if err != nil {
		return err
	}
	if err := witnessed([]byte(checkpoint), all["witness"]); err != nil {
		return err
	}
	if index >= tree.N {
		return errors.New("no such entry")
	}
	return tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(all["leaf"]))
}

func checkPath(all files) error {
	old, err := head(all["old"], all["vkey"])
	if err != nil {
		return err
	}
	tree, err := head(all["new"], all["vkey"])
	if err != nil {
		return err
	}
	text := string(all["path"])
	if !strings.HasSuffix(text, "\n") {
		return errors.New("the path is cut")
	}
	path, err := hashes(strings.Split(strings.TrimSuffix(text, "\n"), "\n"))
	if err != nil {
		return err
	}
	return tlog.CheckTree(path, tree.N, tree.Hash, old.N, old.Hash)
}

// tiles reads an exported log: the same tiles, without the height in their path.
type tiles files

func (tiles) Height() int { return 8 }

func (all tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		data, here := all["log/"+strings.Replace(tile.Path(), "tile/8/", "tile/", 1)]
		if !here || len(data) != tile.W*tlog.HashSize {
			return nil, errors.New("no tile " + tile.Path())
		}
		found = append(found, data)
	}
	return found, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// checkTiles asks for the hash of every entry through the tiles, and compares it with the entry.
func checkTiles(all files) error {
	tree, err := head(all["log/checkpoint"], all["vkey"])
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, tiles(all))
	for first := int64(0); first < tree.N; first += 256 {
		tile := tlog.Tile{H: 8, L: 0, N: first / 256, W: int(min(256, tree.N-first))}
		bundle := all["log/"+strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)]
		for n := first; n < first+int64(tile.W); n++ {
			if len(bundle) < 2 {
				return errors.New("a bundle is cut")
			}
			length := int(binary.BigEndian.Uint16(bundle))
			if len(bundle) < 2+length {
				return errors.New("a bundle is cut")
			}
			found, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, n)})
			if err != nil {
				return err
			}
			if found[0] != tlog.RecordHash(bundle[2:2+length]) {
				return fmt.Errorf("entry %d is another one", n)
			}
			bundle = bundle[2+length:]
		}
		if len(bundle) > 0 {
			return errors.New("a bundle is too long")
		}
	}
	return nil
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func checkWitness(all files) error {
	if _, err := head(all["witnessed"], all["vkey"]); err != nil {
		return err
	}
	return witnessed(all["witnessed"], all["witness"])
}

// witnessed checks a cosignature/v1 line, as C2SP tlog-cosignature describes it.
func witnessed(checkpoint, vkey []byte) error {
	parts := strings.SplitN(strings.TrimSpace(string(vkey)), "+", 3)
	if len(parts) < 3 {
		return errors.New("no key of a witness")
	}
	key, err := strict.DecodeString(parts[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return errors.New("no key of a witness")
	}
	id := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	text, lines, _ := strings.Cut(string(checkpoint), "\n\n")
	for _, line := range strings.Split(lines, "\n") {
		if !strings.HasPrefix(line, "\u2014 "+parts[0]+" ") {
			continue
		}
		data, err := strict.DecodeString(strings.TrimPrefix(line, "\u2014 "+parts[0]+" "))
		if err != nil || len(data) != 4+8+64 || !bytes.Equal(data[:4], id[:4]) {
			return errors.New("a malformed line")
		}
		time := binary.BigEndian.Uint64(data[4:])
		message := fmt.Sprintf("cosignature/v1\ntime %d\n%s\n", time, text)
		if time > 0 && ed25519.Verify(key[1:], []byte(message), data[12:]) {
			return nil
		}
	}
	return errors.New("the witness did not sign")
}

// refuses flips a bit in some of the bytes of a file, and wants each copy refused.
func refuses(check func(files) error, all files, name string) int {
	data := all[name]
	step := len(data)/200 + 1
	count := 0
	for at := 0; at < len(data); at += step {
		changed := append([]byte(nil), data...)
		changed[at] ^= 1 << (at % 8)
		copied := files{}
		for name, data := range all {
			copied[name] = data
		}
		copied[name] = changed
		if check(copied) == nil {
			fail(fmt.Errorf("bit %d of byte %d of %s was flipped, and it was taken", at%8, at, name))
		}
		count++
	}
	return count
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	all := files{}
	fail(filepath.Walk(os.Args[1], func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		name, err := filepath.Rel(os.Args[1], path)
		if err != nil {
			return err
		}
		all[name], err = os.ReadFile(path)
		return err
	}))
	checks := []struct {
		run   func(files) error
		names []string
	}{
		{checkProof, []string{"proof", "leaf"}},
		{checkPath, []string{"old", "new", "path"}},
		{checkTiles, []string{"log/checkpoint"}},
		{checkWitness, []string{"witnessed"}},
	}
	for name := range all {
		if strings.HasPrefix(name, "log/tile/") {
			checks[2].names = append(checks[2].names, name)
		}
	}
	refused := 0
	for _, check := range checks {
		fail(check.run(all))
		for _, name := range check.names {
			refused += refuses(check.run, all, name)
		}
	}
	fmt.Printf("ok, %d altered copies refused\n", refused)
}
