// Package oss has the names of aliyun-oss-go-sdk-managed-credentials-provider: it makes clients of aliyun-oss-go-sdk
// whose requests are signed with the access key of a managed secret.
//
// The methods in this package repeat a call whose key was refused. Every other method of the embedded client and bucket
// works, too, with the current key; wrap it in evercredossv1.Retry to have it repeated.
package oss

import (
	"context"
	"io"
	"net/http"
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

// upload is run for a call that reads body: it goes back to its start, or is not sent again.
func upload(k keys, body io.Reader, call func() error) error {
	rewind := evercredossv1.Rewind(body)
	return run(k, func() error {
		if err := rewind(); err != nil {
			return err
		}
		return call()
	})
}

// ProxyOssClient is a client whose key is that of a managed secret.
type ProxyOssClient struct {
	*osssdk.Client
	keys
	secretName string
	closing    *sync.Once
}

// New makes a client with the default handler, and waits until the secret was fetched.
func New(endpoint, secretName string) (*ProxyOssClient, error) {
	return NewProxyOssClientWithHandler(endpoint, secretName, nil)
}

// NewProxyOssClientWithHandler makes a client, and waits until the secret was fetched. A nil handler is the default one.
func NewProxyOssClientWithHandler(endpoint, secretName string, akExpireHandler service.AKExpireHandler) (*ProxyOssClient, error) {
	source, err := managedcredentials.Open(secretName)
	if err != nil {
		return nil, err
	}
	client, err := osssdk.New(endpoint, "", "", osssdk.SetCredentialsProvider(evercredossv1.NewProvider(source)))
	if err != nil {
		managedcredentials.Release(secretName)
		return nil, err
	}
	if akExpireHandler == nil {
		akExpireHandler = NewOssAKExpireHandler()
	}
	return &ProxyOssClient{Client: client, keys: keys{source, akExpireHandler}, secretName: secretName, closing: &sync.Once{}}, nil
}

// Shutdown ends the client and, when no other client needs it, the refreshing of its secret.
func (client *ProxyOssClient) Shutdown() {
	client.closing.Do(func() { managedcredentials.Release(client.secretName) })
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

// The methods below are those of the SDK.

func (client ProxyOssClient) ListBuckets(options ...osssdk.Option) (osssdk.ListBucketsResult, error) {
	return again(client.keys, func() (osssdk.ListBucketsResult, error) { return client.Client.ListBuckets(options...) })
}

func (client ProxyOssClient) IsBucketExist(bucketName string) (bool, error) {
	return again(client.keys, func() (bool, error) { return client.Client.IsBucketExist(bucketName) })
}

func (client ProxyOssClient) CreateBucket(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.CreateBucket(bucketName, options...) })
}

func (client ProxyOssClient) DeleteBucket(bucketName string, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.DeleteBucket(bucketName, options...) })
}

func (client ProxyOssClient) GetBucketInfo(bucketName string, options ...osssdk.Option) (osssdk.GetBucketInfoResult, error) {
	return again(client.keys, func() (osssdk.GetBucketInfoResult, error) { return client.Client.GetBucketInfo(bucketName, options...) })
}

func (client ProxyOssClient) GetBucketLocation(bucketName string, options ...osssdk.Option) (string, error) {
	return again(client.keys, func() (string, error) { return client.Client.GetBucketLocation(bucketName, options...) })
}

func (client ProxyOssClient) GetBucketACL(bucketName string, options ...osssdk.Option) (osssdk.GetBucketACLResult, error) {
	return again(client.keys, func() (osssdk.GetBucketACLResult, error) { return client.Client.GetBucketACL(bucketName, options...) })
}

func (client ProxyOssClient) SetBucketACL(bucketName string, bucketACL osssdk.ACLType, options ...osssdk.Option) error {
	return run(client.keys, func() error { return client.Client.SetBucketACL(bucketName, bucketACL, options...) })
}

// ProxyBucket is a bucket of a [ProxyOssClient].
type ProxyBucket struct {
	*osssdk.Bucket
	keys
}

// PutObject is the SDK's. A body that cannot seek is not sent again after a refused key: the error says so, and the next
// call has the next key.
func (bucket ProxyBucket) PutObject(objectKey string, reader io.Reader, options ...osssdk.Option) error {
	return upload(bucket.keys, reader, func() error { return bucket.Bucket.PutObject(objectKey, reader, options...) })
}

// AppendObject is the SDK's, with a body as in PutObject.
func (bucket ProxyBucket) AppendObject(objectKey string, reader io.Reader, appendPosition int64, options ...osssdk.Option) (int64, error) {
	var next int64
	err := upload(bucket.keys, reader, func() (err error) {
		next, err = bucket.Bucket.AppendObject(objectKey, reader, appendPosition, options...)
		return err
	})
	return next, err
}

// The methods below are those of the SDK.

func (bucket ProxyBucket) PutObjectFromFile(objectKey, filePath string, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.PutObjectFromFile(objectKey, filePath, options...) })
}

func (bucket ProxyBucket) GetObject(objectKey string, options ...osssdk.Option) (io.ReadCloser, error) {
	return again(bucket.keys, func() (io.ReadCloser, error) { return bucket.Bucket.GetObject(objectKey, options...) })
}

func (bucket ProxyBucket) GetObjectToFile(objectKey, filePath string, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.GetObjectToFile(objectKey, filePath, options...) })
}

func (bucket ProxyBucket) CopyObject(srcObjectKey, destObjectKey string, options ...osssdk.Option) (osssdk.CopyObjectResult, error) {
	return again(bucket.keys, func() (osssdk.CopyObjectResult, error) {
		return bucket.Bucket.CopyObject(srcObjectKey, destObjectKey, options...)
	})
}

func (bucket ProxyBucket) DeleteObject(objectKey string, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.DeleteObject(objectKey, options...) })
}

func (bucket ProxyBucket) DeleteObjects(objectKeys []string, options ...osssdk.Option) (osssdk.DeleteObjectsResult, error) {
	return again(bucket.keys, func() (osssdk.DeleteObjectsResult, error) { return bucket.Bucket.DeleteObjects(objectKeys, options...) })
}

func (bucket ProxyBucket) IsObjectExist(objectKey string, options ...osssdk.Option) (bool, error) {
	return again(bucket.keys, func() (bool, error) { return bucket.Bucket.IsObjectExist(objectKey, options...) })
}

func (bucket ProxyBucket) ListObjects(options ...osssdk.Option) (osssdk.ListObjectsResult, error) {
	return again(bucket.keys, func() (osssdk.ListObjectsResult, error) { return bucket.Bucket.ListObjects(options...) })
}

func (bucket ProxyBucket) ListObjectsV2(options ...osssdk.Option) (osssdk.ListObjectsResultV2, error) {
	return again(bucket.keys, func() (osssdk.ListObjectsResultV2, error) { return bucket.Bucket.ListObjectsV2(options...) })
}

func (bucket ProxyBucket) GetObjectMeta(objectKey string, options ...osssdk.Option) (http.Header, error) {
	return again(bucket.keys, func() (http.Header, error) { return bucket.Bucket.GetObjectMeta(objectKey, options...) })
}

func (bucket ProxyBucket) GetObjectDetailedMeta(objectKey string, options ...osssdk.Option) (http.Header, error) {
	return again(bucket.keys, func() (http.Header, error) { return bucket.Bucket.GetObjectDetailedMeta(objectKey, options...) })
}

func (bucket ProxyBucket) SetObjectACL(objectKey string, objectACL osssdk.ACLType, options ...osssdk.Option) error {
	return run(bucket.keys, func() error { return bucket.Bucket.SetObjectACL(objectKey, objectACL, options...) })
}

func (bucket ProxyBucket) GetObjectACL(objectKey string, options ...osssdk.Option) (osssdk.GetObjectACLResult, error) {
	return again(bucket.keys, func() (osssdk.GetObjectACLResult, error) { return bucket.Bucket.GetObjectACL(objectKey, options...) })
}
