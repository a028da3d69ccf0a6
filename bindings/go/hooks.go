//go:build cgo

package evercred

/*
#include <stdint.h>
#include <stdlib.h>
#include "evercred.h"

extern void evercredGoLog(uintptr_t handle, int32_t level, char *message, size_t length);
extern void evercredGoIdentity(uintptr_t handle, evercred_identity *identity);
extern void evercredGoFree(uintptr_t handle);

// A handle of runtime/cgo is a number, which is not a valid pointer in Go; here it becomes the userdata.
static void evercred_go_log(void *userdata, int32_t level, const char *message, size_t length) {
    evercredGoLog((uintptr_t)userdata, level, (char *)message, length);
}
static void evercred_go_identity(void *userdata, evercred_identity *identity) {
    evercredGoIdentity((uintptr_t)userdata, identity);
}
static void evercred_go_free(void *userdata) {
    evercredGoFree((uintptr_t)userdata);
}
static evercred_error *evercred_go_set_log(evercred_config *config, int32_t level, uintptr_t handle) {
    return evercred_config_set_log_callback(config, level, evercred_go_log, (void *)handle, evercred_go_free);
}
static evercred_error *evercred_go_set_identity(evercred_config *config, uintptr_t handle) {
    return evercred_config_set_identity_callback(config, evercred_go_identity, (void *)handle, evercred_go_free);
}
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/cgo"
	"strings"
	"sync"
	"time"
)

// Level is the severity of a log message.
type Level int

// The levels of messages.
const (
	LevelError Level = C.EVERCRED_LOG_ERROR // a problem that needs a person
	LevelWarn  Level = C.EVERCRED_LOG_WARN  // a problem that the library handles
	LevelInfo  Level = C.EVERCRED_LOG_INFO  // a notable change
	LevelDebug Level = C.EVERCRED_LOG_DEBUG // every answer of the cloud, and refreshes that changed nothing
)

// String returns the name of the level, such as "warn".
func (level Level) String() string {
	return name(int(level), "Level", "none", "error", "warn", "info", "debug")
}

// Slog returns the level of package slog with the same name.
func (level Level) Slog() slog.Level {
	switch level {
	case LevelError:
		return slog.LevelError
	case LevelWarn:
		return slog.LevelWarn
	case LevelInfo:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// LogTo sends the messages of the library to a handler of package slog: it sets Log, and LogLevel to the most detailed
// level that is enabled now.
func (options *Options) LogTo(handler slog.Handler) {
	ctx := context.Background()
	options.LogLevel = LevelError
	for level := LevelError; level <= LevelDebug; level++ {
		if handler.Enabled(ctx, level.Slog()) {
			options.LogLevel = level
		}
	}
	options.Log = func(level Level, message string) {
		if handler.Enabled(ctx, level.Slog()) {
			// A handler that fails has no one to tell.
			_ = handler.Handle(ctx, slog.NewRecord(time.Now(), level.Slog(), message, 0))
		}
	}
}

func setLog(config *C.evercred_config, level Level, log func(Level, string)) error {
	if level == 0 {
		level = LevelInfo
	}
	queue := &logQueue{log: log}
	handle := cgo.NewHandle(queue)
	err := takeError(C.evercred_go_set_log(config, C.int32_t(level), C.uintptr_t(handle)))
	if err != nil {
		handle.Delete()
	}
	return err
}

// logQueue hands messages to the program's function in their order, one at a time, by a goroutine that lives while there
// are some. So the function may do what it likes, also call this package, and no thread of the library waits for it.
type logQueue struct {
	log func(Level, string)

	mu       sync.Mutex
	messages []logMessage
	dropped  int
	runs     bool
}

type logMessage struct {
	level Level
	text  string
}

// maxMessages is how many messages wait for a slow function.
const maxMessages = 1024

func (q *logQueue) add(level Level, text string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.messages) >= maxMessages {
		q.dropped++
		return
	}
	q.messages = append(q.messages, logMessage{level, text})
	if !q.runs {
		q.runs = true
		go q.run()
	}
}

func (q *logQueue) run() {
	for {
		q.mu.Lock()
		messages, dropped := q.messages, q.dropped
		q.messages, q.dropped = nil, 0
		q.runs = len(messages) > 0 || dropped > 0
		runs := q.runs
		q.mu.Unlock()
		if !runs {
			return
		}
		for _, message := range messages {
			q.log(message.level, message.text)
		}
		if dropped > 0 {
			q.log(LevelWarn, fmt.Sprintf("%d messages were dropped because the log function is slow", dropped))
		}
	}
}

// Key is an access key that [Options.Identity] supplies.
type Key struct {
	AccessKeyID     string
	AccessKeySecret Secret
	SecurityToken   Secret    // zero for a long-term key
	ExpiresAt       time.Time // zero if it is not known: then the key is assumed to live for 15 minutes
}

func setIdentity(ctx context.Context, config *C.evercred_config, identity func(context.Context) (Key, error)) error {
	handle := cgo.NewHandle(&identityHook{ctx: ctx, identity: identity})
	err := takeError(C.evercred_go_set_identity(config, C.uintptr_t(handle)))
	if err != nil {
		handle.Delete()
	}
	return err
}

// identityHook supplies a login identity from a function of the program.
type identityHook struct {
	ctx      context.Context // done when the client or the source is closed
	identity func(context.Context) (Key, error)
}

// supply runs on a thread of the library that is made for this call.
func (h *identityHook) supply(identity *C.evercred_identity) {
	key, err := h.identity(h.ctx)
	if err == nil {
		err = setKey(identity, key)
	}
	if err == nil {
		return
	}
	// The reason ends at a NUL; it must not hide what follows.
	reason := C.CString(strings.ReplaceAll(err.Error(), "\x00", " "))
	defer freeText(reason)
	C.evercred_identity_set_error(identity, reason, C.bool(!errors.Is(err, ErrRefused)))
}

func setKey(identity *C.evercred_identity, key Key) error {
	texts, err := newTexts("AccessKeyID", key.AccessKeyID, "AccessKeySecret", key.AccessKeySecret.text(),
		"SecurityToken", key.SecurityToken.text())
	if err != nil {
		return err
	}
	defer freeTexts(texts)
	var expiresAt C.int64_t
	if !key.ExpiresAt.IsZero() {
		expiresAt = C.int64_t(key.ExpiresAt.UnixMilli())
	}
	return takeError(C.evercred_identity_set_key(identity, texts[0], texts[1], texts[2], expiresAt))
}
