//go:build cgo

package evercred

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"
)

// ZeroDuration sets an option that is a duration to zero. The zero value of such a field means that it is not set.
const ZeroDuration time.Duration = -1

// Switch is an option that is on or off. Its zero value means that it is not set.
type Switch uint8

// The values of a Switch.
const (
	On  Switch = 1
	Off Switch = 2
)

// String returns "on" or "off"; "" if it is not set.
func (value Switch) String() string { return value.text("on", "off") }

func (value Switch) text(on, off string) string {
	switch value {
	case 0:
		return ""
	case On:
		return on
	case Off:
		return off
	}
	return fmt.Sprintf("Switch(%d)", uint8(value))
}

// Secret is a text that is not shown: no way of printing, encoding or logging it, alone or inside of something else,
// shows the text. NewSecret makes one. The zero Secret is not set.
type Secret struct{ reveal func() string }

// NewSecret makes a Secret from its text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{func() string { return text }}
}

func (value Secret) text() string {
	if value.reveal == nil {
		return ""
	}
	return value.reveal()
}

// String returns "[secret]"; "" for the zero Secret.
func (value Secret) String() string {
	if value.reveal == nil {
		return ""
	}
	return "[secret]"
}

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (value Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, value.String()) }

// MarshalText implements [encoding.TextMarshaler], also for JSON: the text is what String returns.
func (value Secret) MarshalText() ([]byte, error) { return []byte(value.String()), nil }

// LogValue implements [slog.LogValuer]: what String returns.
func (value Secret) LogValue() slog.Value { return slog.StringValue(value.String()) }

// setting is one call that prepares a configuration.
type setting func(*C.evercred_config) error

// Set sets an option by its name, such as "tencent_secret_id", with a value as in docs/CONFIGURATION.md. An empty value
// resets the option to its default. [New] reports a name or value that cannot be used.
//
// Set, LoadFile and LoadEnvironment take effect in the order of their calls, and the fields of Options after them all:
// the last one wins.
func (options *Options) Set(name, value string) {
	options.then(func(config *C.evercred_config) error { return set(config, name, value) })
}

// LoadFile sets the options of a file with lines `option = value`, or of a file of Alibaba Cloud's official clients,
// such as managed_credentials_providers.properties. [New] reads it, and reports the file, the line and the option that
// cannot be used.
func (options *Options) LoadFile(path string) {
	options.then(func(config *C.evercred_config) error {
		text, err := newText("path", path)
		if err != nil {
			return err
		}
		defer freeText(text)
		return takeError(C.evercred_config_load_file(config, text))
	})
}

// LoadEnvironment sets the options for which an environment variable is set, such as EVERCRED_TENCENT_SECRET_ID; the
// variables of Alibaba Cloud's official clients are read too. [New] reads them, and reports the variable that cannot be
// used. No other goroutine may change the environment meanwhile.
func (options *Options) LoadEnvironment() {
	options.then(func(config *C.evercred_config) error {
		return takeError(C.evercred_config_load_environment(config))
	})
}

// then appends a setting. The list is copied, because a copy of Options has the same one.
func (options *Options) then(next setting) {
	settings := make([]setting, 0, len(options.settings)+1)
	options.settings = append(append(settings, options.settings...), next)
}

func set(config *C.evercred_config, name, value string) error {
	key, err := newText("option", name)
	if err != nil {
		return err
	}
	defer freeText(key)
	text, err := newText(name, value)
	if err != nil {
		return err
	}
	defer freeText(text)
	return takeError(C.evercred_config_set(config, key, text))
}

// configure makes a configuration of C from options, in their order. Functions of the program get ctx.
func configure(ctx context.Context, list []Options) (*C.evercred_config, error) {
	var config *C.evercred_config
	if err := takeError(C.evercred_config_new(&config)); err != nil {
		return nil, err
	}
	for i := range list {
		if err := list[i].apply(ctx, config); err != nil {
			C.evercred_config_free(config)
			return nil, err
		}
	}
	return config, nil
}

func (options *Options) apply(ctx context.Context, config *C.evercred_config) error {
	// First, because what is loaded next has messages.
	if options.Log != nil {
		if err := setLog(config, options.LogLevel, options.Log); err != nil {
			return err
		}
	}
	for _, setting := range options.settings {
		if err := setting(config); err != nil {
			return err
		}
	}
	for _, field := range options.fields() {
		if field.value == "" {
			continue
		}
		if err := set(config, field.name, field.value); err != nil {
			return err
		}
	}
	if options.Identity != nil {
		return setIdentity(ctx, config, options.Identity)
	}
	return nil
}

// field is an option and its value as a text; "" if it is not set.
type field struct{ name, value string }

func milliseconds(value time.Duration) string { return inUnit(value, time.Millisecond) }

func seconds(value time.Duration) string { return inUnit(value, time.Second) }

// inUnit writes a duration as the library reads it. A part of a unit is kept, so that the library refuses it instead of
// something else being set.
func inUnit(value, unit time.Duration) string {
	switch {
	case value == 0:
		return ""
	case value == ZeroDuration:
		return "0"
	case value%unit == 0:
		return strconv.FormatInt(int64(value/unit), 10)
	}
	return strconv.FormatFloat(float64(value)/float64(unit), 'f', -1, 64)
}

func number(value int) string {
	if value == 0 {
		return ""
	}
	return strconv.Itoa(value)
}
