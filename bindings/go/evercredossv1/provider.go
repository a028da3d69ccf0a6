// Package evercredossv1 gives the keys of an evercred source to the client of aliyun-oss-go-sdk (the first generation).
//
// The source is a managed secret (evercred.Client.Managed) or a login identity (evercred.Client.Identity with the cloud
// "aliyun"). A request is signed with the key that is valid then.
//
//	client, err := oss.New(endpoint, "", "", oss.SetCredentialsProvider(evercredossv1.NewProvider(source)))
//	names, err := evercredossv1.Retry(ctx, source, func(context.Context) (oss.ListBucketsResult, error) {
//		return client.ListBuckets()
//	})
package evercredossv1

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aliyun/aliyun-oss-go-sdk/oss"

	evercred "github.com/evercred/evercred/bindings/go"
)

// NewProvider returns the provider of the source for [oss.SetCredentialsProvider].
//
// It implements [oss.CredentialsProviderE], without which the SDK would turn an error into empty keys. It waits for the
// first key, at most the option total_timeout_ms: the SDK gives no context.
func NewProvider(source *evercred.Source) oss.CredentialsProviderE {
	return &provider{source: source}
}

type provider struct {
	source *evercred.Source
}

func (p *provider) GetCredentialsE() (oss.Credentials, error) {
	credential, err := p.source.Get(context.Background())
	if err != nil {
		return nil, err
	}
	return snapshot{credential}, nil
}

// GetCredentials is for the SDK's presigned URLs, which have no place for an error: without a key they are signed with
// an empty one, and the service refuses them.
func (p *provider) GetCredentials() oss.Credentials {
	credential, err := p.source.Get(context.Background())
	if err != nil {
		return snapshot{}
	}
	return snapshot{credential}
}

// snapshot is one credential, whose parts belong together. It prints no secret.
type snapshot struct {
	evercred.Credential
}

func (s snapshot) GetAccessKeyID() string     { return s.AccessKeyID() }
func (s snapshot) GetAccessKeySecret() string { return s.AccessKeySecret() }
func (s snapshot) GetSecurityToken() string   { return s.SecurityToken() }

// Retry calls, and where the service refuses the key, reports it, waits for the next one within ctx and calls once
// more. Without it a refused key fails that call and is not reported. A body is used up by the first call: call opens
// a new one each time, or goes back with [Rewind].
func Retry[T any](ctx context.Context, source *evercred.Source, call func(context.Context) (T, error)) (T, error) {
	return evercred.Retry(ctx, source, Code, func(ctx context.Context, _ evercred.Credential) (T, error) {
		// The client takes this credential or a newer one; a report of one that is not current has no effect.
		return call(ctx)
	})
}

// Rewind returns a function that goes back to where body is now, for a call that may be repeated. For a body that
// cannot seek it succeeds the first time and fails the second, so that no half of a body is stored.
func Rewind(body io.Reader) func() error {
	seeker, ok := body.(io.Seeker)
	if !ok {
		used := false
		return func() error {
			if used {
				return errors.New("evercredossv1: the body was sent with a key that the service refused, and cannot seek; open it anew and call again")
			}
			used = true
			return nil
		}
	}
	start, err := seeker.Seek(0, io.SeekCurrent)
	return func() error {
		if err == nil {
			_, err = seeker.Seek(start, io.SeekStart)
		}
		if err != nil {
			return fmt.Errorf("evercredossv1: the body cannot go back: %w", err)
		}
		return nil
	}
}

// Code returns the code of an error of the service, such as "InvalidAccessKeyId", or "" for other errors.
func Code(err error) string {
	var refused oss.ServiceError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}
