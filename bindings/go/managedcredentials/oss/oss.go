// Package oss has the names of aliyun-oss-go-sdk-managed-credentials-provider: it makes clients of aliyun-oss-go-sdk
// whose requests are signed with the access key of a managed secret.
//
// Each method that sends a request repeats it once where its key was refused. The exceptions are those with a presigned URL,
// whose key is in the URL, and DoPostSelectObject, whose buffer is used up.
package oss

import (
	"context"
	"io"
	"sync"

	osssdk "github.com/aliyun/aliyun-oss-go-sdk/oss"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredossv1"
	"github.com/evercred/evercred/bindings/go/managedcredentials"
	"github.com/evercred/evercred/bindings/go/managedcredentials/service"
)

// AkExpireErrorCode is the service's code for a key that does not exist any more.
const AkExpireErrorCode = "InvalidAccessKeyId"

// OssAKExpireHandler is the handler of clients that are made without one.
type OssAKExpireHandler struct{}

// NewOssAKExpireHandler returns the default handler.
func NewOssAKExpireHandler() *OssAKExpireHandler { return &OssAKExpireHandler{} }

// JudgeAKExpire reports whether the service answered AkExpireErrorCode.
func (*OssAKExpireHandler) JudgeAKExpire(err error) bool {
	return evercredossv1.Code(err) == AkExpireErrorCode
}

// keys is what clients and buckets repeat their calls with.
type keys struct {
	source  *evercred.Source
	handler service.AKExpireHandler
}

// again calls, and once more with the next key where the handler says that the error is about the key.
func again[T any](k keys, call func() (T, error)) (T, error) {
	code := func(err error) string {
		if k.handler.JudgeAKExpire(err) {
			return AkExpireErrorCode
		}
		return ""
	}
	return evercred.Retry(context.Background(), k.source, code, func(context.Context, evercred.Credential) (T, error) { return call() })
}

// run is again for a call that returns only an error.
func run(k keys, call func() error) error {
	_, err := again(k, func() (struct{}, error) { return struct{}{}, call() })
	return err
}

// uploaded is again for a call that reads body: it goes back to where it was, or is not sent again.
func uploaded[T any](k keys, body io.Reader, call func() (T, error)) (T, error) {
	rewind := evercredossv1.Rewind(body)
	return again(k, func() (T, error) {
		if err := rewind(); err != nil {
			var none T
			return none, err
		}
		return call()
	})
}

// upload is uploaded for a call that returns only an error.
func upload(k keys, body io.Reader, call func() error) error {
	_, err := uploaded(k, body, func() (struct{}, error) { return struct{}{}, call() })
	return err
}

// ProxyOssClient is a client whose key is that of a managed secret.
type ProxyOssClient struct {
	*osssdk.Client
	keys
	opened  *managedcredentials.Opened
	closing *sync.Once
}

// New makes a client with the default handler, and waits until the secret was fetched.
func New(endpoint, secretName string) (*ProxyOssClient, error) {
	return NewProxyOssClientWithHandler(endpoint, secretName, nil)
}

// NewProxyOssClientWithHandler makes a client, and waits until the secret was fetched. A nil handler is the default one.
func NewProxyOssClientWithHandler(endpoint, secretName string, akExpireHandler service.AKExpireHandler) (*ProxyOssClient, error) {
	opened, err := managedcredentials.Open(secretName)
	if err != nil {
		return nil, err
	}
	source := opened.Source()
	client, err := osssdk.New(endpoint, "", "", osssdk.SetCredentialsProvider(evercredossv1.NewProvider(source)))
	if err != nil {
		opened.Release()
		return nil, err
	}
	if akExpireHandler == nil {
		akExpireHandler = NewOssAKExpireHandler()
	}
	return &ProxyOssClient{Client: client, keys: keys{source, akExpireHandler}, opened: opened, closing: &sync.Once{}}, nil
}

// Shutdown ends the client and, when no other client needs it, the refreshing of its secret.
func (client *ProxyOssClient) Shutdown() {
	client.closing.Do(client.opened.Release)
}

// Destroy ends every client of the process.
func Destroy() {
	_ = managedcredentials.Shutdown()
}

// Bucket returns a bucket that repeats calls as the client does.
func (client ProxyOssClient) Bucket(bucketName string) (*ProxyBucket, error) {
	bucket, err := client.Client.Bucket(bucketName)
	if err != nil {
		return nil, err
	}
	return &ProxyBucket{Bucket: bucket, keys: client.keys}, nil
}

// ProxyBucket is a bucket of a [ProxyOssClient]. A body that cannot seek is not sent again after a refused key: the error
// says so, and the next call has the next key.
type ProxyBucket struct {
	*osssdk.Bucket
	keys
}
