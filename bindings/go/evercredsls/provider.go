// Package evercredsls gives the keys of an evercred source to the client of the Simple Log Service, aliyun-log-go-sdk.
//
// The source is a managed secret (evercred.Client.Managed) or a login identity (evercred.Client.Identity with the cloud
// "aliyun"). A request is signed with the key that is valid then.
//
//	client := sls.CreateNormalInterfaceV2(endpoint, evercredsls.NewProvider(source))
//	project, err := evercredsls.Retry(ctx, source, func(context.Context) (*sls.LogProject, error) {
//		return client.GetProject("orders")
//	})
package evercredsls

import (
	"context"
	"errors"

	sls "github.com/aliyun/aliyun-log-go-sdk"

	evercred "github.com/evercred/evercred/bindings/go"
)

// NewProvider returns the provider of the source for sls.CreateNormalInterfaceV2 and for producers and consumers.
//
// It waits for the first key, at most the option total_timeout_ms: the SDK gives no context. Of the
// source's error the SDK keeps only the text; [Retry] returns the error itself.
func NewProvider(source *evercred.Source) sls.CredentialsProvider {
	return &provider{source: source}
}

type provider struct {
	source *evercred.Source
}

func (p *provider) GetCredentials() (sls.Credentials, error) {
	credential, err := p.source.Get(context.Background())
	if err != nil {
		return sls.Credentials{}, err
	}
	return sls.Credentials{
		AccessKeyID:     credential.AccessKeyID(),
		AccessKeySecret: credential.AccessKeySecret(),
		SecurityToken:   credential.SecurityToken(),
	}, nil
}

// Retry calls, and where the service refuses the key, reports it, waits for the next one within ctx and calls once
// more. Without it a refused key fails that call and is not reported.
//
// The service's own codes for a refused key ("Unauthorized", "SecurityTokenInvalid") are too wide to be rejections by
// default: add those that mean a lost key in your project to the option rejected_codes.
func Retry[T any](ctx context.Context, source *evercred.Source, call func(context.Context) (T, error)) (T, error) {
	return evercred.Retry(ctx, source, Code, func(ctx context.Context, _ evercred.Credential) (T, error) {
		// The client takes this credential or a newer one; a report of one that is not current has no effect.
		return call(ctx)
	})
}

// Code returns the code of an error of the service, such as "Unauthorized", or "" for other errors.
func Code(err error) string {
	var refused *sls.Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}
