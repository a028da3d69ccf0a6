// Package evercredalibabacloud gives the keys of an evercred source to the clients of alibaba-cloud-sdk-go (the first
// generation of Alibaba Cloud's SDK), from 1.62.809 on.
//
// The source is a managed secret (evercred.Client.Managed) or a login identity (evercred.Client.Identity with the cloud
// "aliyun"). [Configure] suits every generated client: its requests are signed with the key that is valid then, and an
// RPC request whose key was refused is signed anew with the next key and sent once more, without a change of the calls.
//
//	client, err := ecs.NewClientWithOptions(region, evercredalibabacloud.Configure(sdk.NewConfig(), source), evercredalibabacloud.NewProvider(source))
//	answer, err := client.DescribeInstances(ecs.CreateDescribeInstancesRequest())
package evercredalibabacloud

import (
	"context"
	"errors"
	"net/http"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"

	evercred "github.com/evercred/evercred/bindings/go"
)

// NewProvider returns the provider of the source, for InitWithOptions and NewClientWithOptions. The SDK asks it once a
// request. It waits for the first key, at most the option total_timeout_ms: the SDK gives no context.
func NewProvider(source *evercred.Source) credentials.CredentialsProvider {
	return &provider{source: source}
}

const providerName = "evercred"

type provider struct {
	source *evercred.Source
}

func (p *provider) GetCredentials() (*credentials.Credentials, error) {
	credential, err := p.source.Get(context.Background())
	if err != nil {
		return nil, err
	}
	return &credentials.Credentials{
		AccessKeyId:     credential.AccessKeyID(),
		AccessKeySecret: credential.AccessKeySecret(),
		SecurityToken:   credential.SecurityToken(),
		ProviderName:    providerName,
	}, nil
}

func (p *provider) GetProviderName() string {
	return providerName
}

// Configure sets a [Transport] above the transport of the configuration, and returns the configuration.
//
// The SDK applies its own settings of proxy, TLS and the time for connecting only to an [http.Transport] that it holds
// itself: give one that has them as HttpTransport. Without one, a copy of [http.DefaultTransport] is used.
func Configure(config *sdk.Config, source *evercred.Source) *sdk.Config {
	var base http.RoundTripper
	switch {
	case config.Transport != nil:
		base = config.Transport
	case config.HttpTransport != nil:
		base = config.HttpTransport
	default:
		base = http.DefaultTransport.(*http.Transport).Clone()
	}
	config.Transport = &Transport{Source: source, Base: base}
	return config
}

// Retry calls, and where the cloud refuses the key, reports it, waits for the next one within ctx and calls once more.
// It is for clients without a [Transport], and for requests that one cannot sign anew (ROA).
func Retry[T any](ctx context.Context, source *evercred.Source, call func(context.Context) (T, error)) (T, error) {
	return evercred.Retry(ctx, source, Code, func(ctx context.Context, _ evercred.Credential) (T, error) {
		// The client takes this credential or a newer one; a report of one that is not current has no effect.
		return call(ctx)
	})
}

// Code returns the code of an error of the cloud, such as "InvalidAccessKeyId.NotFound", or "" for other errors.
func Code(err error) string {
	var refused sdkerrors.Error
	if errors.As(err, &refused) {
		return refused.ErrorCode()
	}
	return ""
}
