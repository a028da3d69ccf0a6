// Command optiongen writes options_gen.go, the typed options, from the library's option table. Run it by `go generate`.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"os"
	"regexp"
	"strings"
)

// option is a line of abi/options.json.
type option struct {
	Name    string   `json:"name"`
	Default string   `json:"default"`
	Scope   string   `json:"scope"`
	Doc     string   `json:"doc"`
	Takes   string   `json:"takes"`
	Choices []string `json:"choices"`
	Min     *uint64  `json:"min"`
	Max     *uint64  `json:"max"`
}

// initialisms are the words that Go writes in capitals.
var initialisms = map[string]bool{
	"acs3": true, "arn": true, "ca": true, "cvm": true, "ecs": true, "http": true, "https": true, "id": true, "kms": true,
	"oidc": true, "ram": true, "rpc": true, "sts": true, "tls": true, "uri": true, "vpc": true,
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: optiongen options.json options_gen.go")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "optiongen:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	table, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	source, err := generate(table)
	if err != nil {
		return err
	}
	return os.WriteFile(to, source, 0o644)
}

func generate(table []byte) ([]byte, error) {
	var options []option
	if err := json.Unmarshal(table, &options); err != nil {
		return nil, err
	}
	names := make(map[string]string)
	for _, option := range options {
		names[option.Name] = option.field()
	}
	var out bytes.Buffer
	out.WriteString(head)
	for _, option := range options {
		out.WriteString("\n")
		comment(&out, "\t", option.comment(names))
		fmt.Fprintf(&out, "\t%s %s\n", option.field(), option.goType())
	}
	out.WriteString("\n\tsettings []setting\n}\n")
	for _, option := range options {
		if !option.isChoice() {
			continue
		}
		fmt.Fprintf(&out, "\n// %s is a value of Options.%s.\ntype %s string\n", option.goType(), option.field(), option.goType())
		fmt.Fprintf(&out, "\n// The values of Options.%s.\nconst (\n", option.field())
		for _, choice := range option.Choices {
			fmt.Fprintf(&out, "\t%s%s %s = %q\n", option.field(), capitals(choice), option.goType(), choice)
		}
		out.WriteString(")\n")
	}
	out.WriteString("\n// fields lists the typed options as texts.\nfunc (options *Options) fields() []field {\n\treturn []field{\n")
	for _, option := range options {
		fmt.Fprintf(&out, "\t\t{%q, %s},\n", option.Name, option.text())
	}
	out.WriteString("\t}\n}\n")
	return format.Source(out.Bytes())
}

// field is the option's name in Go, without the unit, which a time.Duration has itself.
func (o option) field() string {
	name := o.Name
	if o.isDuration() {
		name = strings.TrimSuffix(strings.TrimSuffix(name, "_ms"), "_s")
	}
	return capitals(name)
}

func (o option) isDuration() bool {
	return o.Takes == "milliseconds" || o.Takes == "number" && strings.HasSuffix(o.Name, "_s")
}

// isSwitch says whether the option is on or off, whatever its words for that are.
func (o option) isSwitch() bool {
	return o.Takes == "bool" || o.Takes == "choice" && len(o.Choices) == 2 && o.Choices[0] == "off" && o.Choices[1] == "on"
}

func (o option) isChoice() bool { return o.Takes == "choice" && !o.isSwitch() }

// isSecret says whether the library never shows the value.
func (o option) isSecret() bool { return o.Takes == "secret" || o.Takes == "proxy" }

func (o option) goType() string {
	switch {
	case o.isDuration():
		return "time.Duration"
	case o.isSwitch():
		return "Switch"
	case o.isChoice():
		return o.field() + "Value"
	case o.isSecret():
		return "Secret"
	case o.Takes == "number":
		return "int"
	case o.Takes == "list":
		return "[]string"
	}
	return "string"
}

// text is the expression of the option's value as a text.
func (o option) text() string {
	value := "options." + o.field()
	switch {
	case o.Takes == "milliseconds":
		return "milliseconds(" + value + ")"
	case o.isDuration():
		return "seconds(" + value + ")"
	case o.Takes == "bool":
		return value + `.text("true", "false")`
	case o.isSwitch():
		return value + `.text("on", "off")`
	case o.isChoice():
		return "string(" + value + ")"
	case o.isSecret():
		return value + ".text()"
	case o.Takes == "number":
		return "number(" + value + ")"
	case o.Takes == "list":
		return "strings.Join(" + value + `, ",")`
	}
	return value
}

var quoted = regexp.MustCompile("`[^`]*`")

// inGo are names that the table's comments have from C.
var inGo = map[string]string{
	"get":                               "Get",
	"refresh":                           "Refresh",
	"report_rejected":                   "ReportRejected",
	"evercred_source_is_rejection_code": "[Source.IsRejectionCode]",
}

func (o option) comment(names map[string]string) string {
	doc := quoted.ReplaceAllStringFunc(o.Doc, func(word string) string {
		word = strings.Trim(word, "`")
		if name, ok := names[word]; ok {
			return name
		}
		if name, ok := inGo[word]; ok {
			return name
		}
		return `"` + word + `"`
	})
	var more []string
	switch {
	case o.isDuration() && o.Min != nil && o.Max != nil:
		unit := "ms"
		if o.Takes == "number" {
			unit = "s"
		}
		more = append(more, fmt.Sprintf("%d to %d %s", *o.Min, *o.Max, unit))
		if *o.Min == 0 {
			more = append(more, "ZeroDuration for 0")
		}
	case o.Takes == "number" && o.Min != nil && o.Max != nil:
		more = append(more, fmt.Sprintf("%d to %d", *o.Min, *o.Max))
	}
	if o.Default != "" {
		unit := ""
		switch {
		case o.Takes == "milliseconds":
			unit = " ms"
		case o.isDuration():
			unit = " s"
		}
		more = append(more, "default "+o.Default+unit)
	}
	if o.Scope == "client" {
		more = append(more, "of a client only")
	}
	text := o.field() + " is the option " + o.Name
	if len(more) > 0 {
		text += " (" + strings.Join(more, "; ") + ")"
	}
	return text + ". " + doc
}

// comment writes a text as lines of a comment.
func comment(out *bytes.Buffer, indent, text string) {
	const width = 112
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			fmt.Fprintf(out, "%s// %s\n", indent, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	fmt.Fprintf(out, "%s// %s\n", indent, line)
}

// capitals makes a name of Go from words in small letters.
func capitals(name string) string {
	var out strings.Builder
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '-' }) {
		if initialisms[word] {
			out.WriteString(strings.ToUpper(word))
		} else {
			out.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return out.String()
}

const head = `// Code generated by internal/optiongen from abi/options.json. DO NOT EDIT.

//go:build cgo

package evercred

import (
	"context"
	"strings"
	"time"
)

// Options are the options of a client or, as overrides, of a source. A field that has its zero value is not set, and
// the option has its default. Set, LoadFile and LoadEnvironment set options too; the fields take precedence over them.
// A copy of Options is independent. A secret in Options prints as "[secret]".
type Options struct {
	// Log receives the messages of the library, in their order and one at a time, in a goroutine. Without it the
	// library logs nothing. No message holds a secret. LogTo sets it for package slog. Of a client only. A client that
	// the function itself refers to is never forgotten: it ends with Close only.
	Log func(level Level, message string)

	// LogLevel is the least severe level that Log receives; by default LevelInfo.
	LogLevel Level

	// Identity supplies the login identity, for example from a vault, where the options select it: AliyunIdentity or
	// TencentIdentity is "callback" or "auto". It is called again before the key expires and when the cloud rejects it,
	// never twice at a time for one identity. It may block; it costs a thread as long. ctx is done when the client (for
	// an override, the source) is closed. An error that is ErrRefused (by errors.Is) is not tried again soon. The text
	// of an error becomes part of errors and reports, so it must not hold a secret. A client or source that the function
	// itself refers to is never forgotten: it ends with Close only.
	Identity func(ctx context.Context) (Key, error)
`
