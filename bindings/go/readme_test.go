//go:build cgo

package evercred

import (
	"regexp"
	"strings"
	"testing"
)

// The README's code is that of the examples, which run. The pool is an example of the module evercredmysql.
func TestReadme(t *testing.T) {
	examples := string(read(t, "example_test.go"))
	blocks := regexp.MustCompile("(?s)<!-- (\\w+) -->\n```go\n(.*?)```").FindAllStringSubmatch(string(read(t, "README.md")), -1)
	if len(blocks) != 4 {
		t.Fatalf("%d blocks", len(blocks))
	}
	for _, block := range blocks {
		name, code := block[1], spaces(block[2])
		if name == "pool" {
			continue
		}
		_, body, found := strings.Cut(examples, "func "+name+"() {")
		body, _, _ = strings.Cut(body, "\n}\n")
		if !found || !strings.Contains(spaces(body), code) {
			t.Errorf("the code of %s is not in that example", name)
		}
	}
}

var indents = regexp.MustCompile(`(?m)^\s+`)

// spaces removes indents.
func spaces(text string) string { return indents.ReplaceAllString(text, "") }
