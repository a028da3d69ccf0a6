// Package evercredaliyun gives the keys of an evercred source to the clients of Alibaba Cloud's current SDK (Tea,
// darabonba-openapi), through credentials-go.
//
// The source is a managed secret (evercred.Client.Managed) or a login identity (evercred.Client.Identity with the cloud
// "aliyun"). A request is signed with the key that is valid then.
//
//	config := &openapi.Config{Credential: evercredaliyun.NewCredential(source), Endpoint: &endpoint}
//	client, err := ecs.NewClient(config)
//	answer, err := evercredaliyun.Retry(ctx, source, func(context.Context) (*ecs.DescribeRegionsResponse, error) {
//		return client.DescribeRegions(request)
//	})
package evercredaliyun

import (
	"context"
	"errors"

	"github.com/alibabacloud-go/tea/tea"
	"github.com/aliyun/credentials-go/credentials"
	"github.com/aliyun/credentials-go/credentials/providers"

	evercred "github.com/evercred/evercred/bindings/go"
)

// NewCredential returns the credential of the source for the Credential of openapi.Config. The SDK asks it once a
// request, so that a key, its secret and its session token always belong together.
func NewCredential(source *evercred.Source) credentials.Credential {
	return credentials.FromCredentialsProvider(providerName, NewProvider(source))
}

// NewProvider returns the provider of the source, for chains of providers and for clients that take one.
func NewProvider(source *evercred.Source) providers.CredentialsProvider {
	return &provider{source: source}
}

const providerName = "evercred"

type provider struct {
	source *evercred.Source
}

// GetCredentials waits for the first key, at most the option total_timeout_ms: the SDK gives no context.
// The error is the source's.
func (p *provider) GetCredentials() (*providers.Credentials, error) {
	credential, err := p.source.Get(context.Background())
	if err != nil {
		return nil, err
	}
	return &providers.Credentials{
		AccessKeyId:     credential.AccessKeyID(),
		AccessKeySecret: credential.AccessKeySecret(),
		SecurityToken:   credential.SecurityToken(),
		ProviderName:    providerName,
	}, nil
}

func (p *provider) GetProviderName() string {
	return providerName
}

// Retry calls, and where the cloud refuses the key, reports it, waits for the next one within ctx and calls once more.
// Without it a refused key fails that call and is not reported.
func Retry[T any](ctx context.Context, source *evercred.Source, call func(context.Context) (T, error)) (T, error) {
	return evercred.Retry(ctx, source, Code, func(ctx context.Context, _ evercred.Credential) (T, error) {
		// The client takes this credential or a newer one; a report of one that is not current has no effect.
		return call(ctx)
	})
}

// Code returns the code of an error of the cloud, such as "InvalidAccessKeyId.NotFound", or "" for other errors.
func Code(err error) string {
	var old *tea.SDKError
	if errors.As(err, &old) {
		return tea.StringValue(old.Code)
	}
	var coded interface{ GetCode() *string }
	if errors.As(err, &coded) {
		return tea.StringValue(coded.GetCode())
	}
	return ""
}
