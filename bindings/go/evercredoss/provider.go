// Package evercredoss gives the keys of an evercred source to the client of alibabacloud-oss-go-sdk-v2.
//
// The source is a managed secret (evercred.Client.Managed) or a login identity (evercred.Client.Identity with the cloud
// "aliyun"). Each attempt of a request is signed with the key that is valid then, and a key that the service refuses is
// reported and the request repeated with the next one, by the SDK's own loop of attempts:
//
//	config := oss.LoadDefaultConfig().WithRegion("cn-hangzhou")
//	client := oss.NewClient(config, evercredoss.WithSource(source))
package evercredoss

import (
	"context"
	"encoding/xml"
	"errors"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/retry"

	evercred "github.com/evercred/evercred/bindings/go"
)

// WithSource is an option of [oss.NewClient]: the source supplies the keys, and the client's retryer, which decides as
// before about every other error, also repeats a request whose key was refused.
//
// The SDK repeats no request whose body cannot seek. [Retry] repeats the whole call, with a new body.
func WithSource(source *evercred.Source) func(*oss.Options) {
	return func(options *oss.Options) {
		options.CredentialsProvider = NewProvider(source)
		retryer := options.Retryer
		if retryer == nil {
			retryer = retry.NewStandard()
		}
		options.Retryer = &reporter{Retryer: retryer, source: source}
	}
}

// NewProvider returns the provider of the source, for oss.Config. It only supplies keys: [WithSource] reports, too.
//
// It waits for the first key, at most until the end of the request's context. Expires is the end that the cloud told.
func NewProvider(source *evercred.Source) credentials.CredentialsProvider {
	return credentials.CredentialsProviderFunc(func(ctx context.Context) (credentials.Credentials, error) {
		credential, err := source.Get(ctx)
		if err != nil {
			return credentials.Credentials{}, err
		}
		answer := credentials.Credentials{
			AccessKeyID:     credential.AccessKeyID(),
			AccessKeySecret: credential.AccessKeySecret(),
			SecurityToken:   credential.SecurityToken(),
		}
		if end := credential.ExpiresAt(); !end.IsZero() {
			answer.Expires = &end
		}
		return answer, nil
	})
}

// reporter is the client's retryer, which also reports refused keys.
type reporter struct {
	retry.Retryer
	source *evercred.Source
}

func (r *reporter) IsErrorRetryable(err error) bool {
	if r.source.IsRejectionCode(Code(err)) {
		// Another request may have got the next key already: only the key that the answer names is reported.
		if held, none := r.source.Peek(); none == nil && held.AccessKeyID() == refusedKey(err) {
			// A refused report (too many in a short time) leaves the next key to the poll.
			_ = r.source.ReportRejected(held)
		}
		return true
	}
	return r.Retryer.IsErrorRetryable(err)
}

// RetryDelay does not wait after a refused key: the provider waits for the next one.
func (r *reporter) RetryDelay(attempt int, err error) (time.Duration, error) {
	if r.source.IsRejectionCode(Code(err)) {
		return 0, nil
	}
	return r.Retryer.RetryDelay(attempt, err)
}

// refusedKey is the access key that an answer of the service names.
func refusedKey(err error) string {
	var refused *oss.ServiceError
	if !errors.As(err, &refused) {
		return ""
	}
	var named struct {
		AccessKeyID string `xml:"OSSAccessKeyId"`
	}
	if xml.Unmarshal(refused.Snapshot, &named) != nil {
		return ""
	}
	return named.AccessKeyID
}

// Retry calls, and where the service refuses the key, reports it, waits for the next one within ctx and calls once
// more. It is for calls with a body that cannot seek, which call opens anew each time.
func Retry[T any](ctx context.Context, source *evercred.Source, call func(context.Context) (T, error)) (T, error) {
	return evercred.Retry(ctx, source, Code, func(ctx context.Context, _ evercred.Credential) (T, error) {
		// The client takes this credential or a newer one; a report of one that is not current has no effect.
		return call(ctx)
	})
}

// Code returns the code of an error of the service, such as "InvalidAccessKeyId", or "" for other errors.
func Code(err error) string {
	var refused *oss.ServiceError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}
