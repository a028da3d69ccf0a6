// Package evercredtencent gives the keys of an evercred source to the clients of tencentcloud-sdk-go.
//
// The source is a login identity (evercred.Client.Identity with the cloud "tencent"): a role of the machine, of a pod,
// an assumed role and so on, kept fresh in the background. A request is signed with the key that is valid then.
//
//	client, err := cvm.NewClient(evercredtencent.NewCredential(source), "ap-guangzhou", profile.NewClientProfile())
//	zones, err := evercredtencent.Retry(ctx, source, func(ctx context.Context) (*cvm.DescribeZonesResponse, error) {
//		return client.DescribeZonesWithContext(ctx, request)
//	})
package evercredtencent

import (
	"context"
	"errors"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	evercred "github.com/evercred/evercred/bindings/go"
)

// Credential is a [common.CredentialIface] that asks its source for each request.
type Credential struct {
	source *evercred.Source
}

var (
	_ common.CredentialIface = (*Credential)(nil)
	_ common.Provider        = (*Provider)(nil)
)

// NewCredential returns the credential of the source for the constructors of the SDK's clients.
//
// The SDK's interface has no way to tell an error. If the source has no key, the request is signed with an empty one and
// the cloud refuses it; Source.Status tells the reason. [Retry] returns it at once.
func NewCredential(source *evercred.Source) *Credential {
	return &Credential{source: source}
}

// GetCredential returns the id, the key and the session token of one and the same credential. It waits for the first
// one, at most the option total_timeout_ms. All three are empty if there is none.
func (c *Credential) GetCredential() (secretID, secretKey, token string) {
	credential, err := c.source.Get(context.Background())
	if err != nil {
		return "", "", ""
	}
	return credential.AccessKeyID(), credential.AccessKeySecret(), credential.SecurityToken()
}

// GetSecretId returns the id alone. Only [Credential.GetCredential] returns parts that belong together.
func (c *Credential) GetSecretId() string {
	id, _, _ := c.GetCredential()
	return id
}

// GetSecretKey returns the key alone. Only [Credential.GetCredential] returns parts that belong together.
func (c *Credential) GetSecretKey() string {
	_, key, _ := c.GetCredential()
	return key
}

// GetToken returns the session token alone; the SDK asks for it where a request is not signed.
func (c *Credential) GetToken() string {
	_, _, token := c.GetCredential()
	return token
}

// Provider is a [common.Provider], for Client.WithProvider and for chains of providers.
type Provider struct {
	source *evercred.Source
}

// NewProvider returns the provider of the source.
func NewProvider(source *evercred.Source) *Provider {
	return &Provider{source: source}
}

// GetCredential waits for the first credential, at most the option total_timeout_ms, and returns one that goes on to
// ask the source for each request, or the source's error.
func (p *Provider) GetCredential() (common.CredentialIface, error) {
	if _, err := p.source.Get(context.Background()); err != nil {
		return nil, err
	}
	return NewCredential(p.source), nil
}

// Retry calls, and where the cloud refuses the key, reports it, waits for the next one within ctx and calls once more.
// Without it a refused key fails that call and is not reported.
func Retry[T any](ctx context.Context, source *evercred.Source, call func(context.Context) (T, error)) (T, error) {
	return evercred.Retry(ctx, source, Code, func(ctx context.Context, _ evercred.Credential) (T, error) {
		// The client takes this credential or a newer one; a report of one that is not current has no effect.
		return call(ctx)
	})
}

// Code returns the code of an error of the cloud, such as "AuthFailure.SecretIdNotFound", or "" for other errors.
func Code(err error) string {
	var refused *sdkerrors.TencentCloudSDKError
	if errors.As(err, &refused) {
		return refused.GetCode()
	}
	return ""
}
