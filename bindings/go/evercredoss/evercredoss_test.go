package evercredoss_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredoss"
	"github.com/evercred/evercred/bindings/go/internal/adaptertest"
	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

const bucket = "pictures"

func start(t *testing.T) (*adaptertest.Aliyun, *oss.Client) {
	t.Helper()
	cloud := adaptertest.StartAliyun(t)
	cloud.Control("buckets", emulatortest.Fields{"name": bucket})
	return cloud, newClient(cloud, cloud.Source)
}

func newClient(cloud *adaptertest.Aliyun, source *evercred.Source) *oss.Client {
	config := oss.LoadDefaultConfig().WithRegion(adaptertest.Region).WithEndpoint(cloud.URL).WithUsePathStyle(true)
	return oss.NewClient(config, evercredoss.WithSource(source))
}

func put(ctx context.Context, client *oss.Client, body io.Reader) error {
	_, err := client.PutObject(ctx, &oss.PutObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("a.png"), Body: body})
	return err
}

func get(ctx context.Context, client *oss.Client) (string, error) {
	answer, err := client.GetObject(ctx, &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("a.png")})
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	return string(content), err
}

// The calls are the SDK's own; nothing around them repeats.
func TestCallsThroughARotationAndARevokedKey(t *testing.T) {
	cloud, client := start(t)
	ctx := adaptertest.Context(t)
	if err := put(ctx, client, strings.NewReader("first")); err != nil {
		t.Fatal(err)
	}
	cloud.Rotate()
	if content, err := get(ctx, client); err != nil || content != "first" {
		t.Fatalf("after a rotation: %q, %v", content, err)
	}
	if got := cloud.Rejections(); got != 0 {
		t.Errorf("%d keys were reported after a rotation with an overlap", got)
	}
	for revoked := uint64(1); revoked <= 2; revoked++ {
		content := strings.Repeat("x", int(revoked)*100_000)
		cloud.Revoke()
		if err := put(ctx, client, strings.NewReader(content)); err != nil {
			t.Fatalf("after revoked key %d: %v", revoked, err)
		}
		if stored, err := get(ctx, client); err != nil || stored != content {
			t.Errorf("%d of %d bytes are stored, %v", len(stored), len(content), err)
		}
		if got := cloud.Rejections(); got != revoked {
			t.Errorf("%d keys were reported after %d were revoked", got, revoked)
		}
	}
}

// However many requests meet a revoked key, one report is made, and no key that is valid is reported.
func TestManyRequestsMeetARevokedKey(t *testing.T) {
	cloud, client := start(t)
	ctx := adaptertest.Context(t)
	if err := put(ctx, client, strings.NewReader("content")); err != nil {
		t.Fatal(err)
	}
	cloud.Revoke()
	var group sync.WaitGroup
	for worker := 0; worker < 32; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			if content, err := get(ctx, client); err != nil || content != "content" {
				t.Errorf("%q, %v", content, err)
			}
		}()
	}
	group.Wait()
	if got := cloud.Rejections(); got != 1 {
		t.Errorf("%d keys were reported", got)
	}
	if held, err := cloud.Source.Peek(); err != nil || held.AccessKeyID() != cloud.SecretAccessKeyID(adaptertest.SecretName) {
		t.Errorf("the source holds %v, %v", held, err)
	}
}

// stream is a body that cannot go back.
type stream struct{ io.Reader }

func TestABodyThatCannotGoBack(t *testing.T) {
	cloud, client := start(t)
	ctx := adaptertest.Context(t)
	if _, err := cloud.Source.Get(ctx); err != nil {
		t.Fatal(err)
	}
	cloud.Revoke()
	opened := 0
	_, err := evercredoss.Retry(ctx, cloud.Source, func(ctx context.Context) (struct{}, error) {
		opened++
		return struct{}{}, put(ctx, client, stream{bytes.NewBufferString("streamed")})
	})
	if err != nil || opened != 2 {
		t.Fatalf("after %d bodies: %v", opened, err)
	}
	if content, err := get(ctx, client); err != nil || content != "streamed" {
		t.Errorf("%q, %v", content, err)
	}
}

func TestErrorsAreTheSDKsAndTheSources(t *testing.T) {
	cloud, client := start(t)
	ctx := adaptertest.Context(t)
	var refused *oss.ServiceError
	if _, err := get(ctx, client); !errors.As(err, &refused) || refused.Code != "NoSuchKey" || evercredoss.Code(err) != "NoSuchKey" {
		t.Errorf("a missing object gives %v", err)
	}
	if got := cloud.Rejections(); got != 0 {
		t.Errorf("%d keys were reported", got)
	}
	cloud.Source.Close()
	if _, err := get(ctx, client); !errors.Is(err, evercred.ErrClosed) {
		t.Errorf("a closed source gives %v", err)
	}
}

func TestTheEndOfATemporaryKeyIsTold(t *testing.T) {
	cloud, _ := start(t)
	cloud.Control("ram-role", emulatortest.Fields{"arn": "acs:ram::1:role/app", "life_ms": 3600000})
	var options evercred.Options
	options.Set("aliyun_identity", "ram_role")
	options.Set("aliyun_role_base_identity", "static")
	options.Set("aliyun_role_arn", "acs:ram::1:role/app")
	options.Set("aliyun_sts_endpoint", cloud.HostPort)
	source, err := cloud.Client.Identity(evercred.Aliyun, options)
	if err != nil {
		t.Fatal(err)
	}
	ctx := adaptertest.Context(t)
	key, err := evercredoss.NewProvider(source).GetCredentials(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if key.SecurityToken == "" || key.Expires == nil || key.Expired() || time.Until(*key.Expires) > 2*time.Hour {
		t.Errorf("the end of the role's key is %v", key.Expires)
	}
	client := newClient(cloud, source)
	if err := put(ctx, client, strings.NewReader("by a role")); err != nil {
		t.Fatal(err)
	}
	// An administrator ends the session early.
	cloud.Control("expire-access-key", emulatortest.Fields{"id": key.AccessKeyID})
	if content, err := get(ctx, client); err != nil || content != "by a role" {
		t.Errorf("after the session was ended: %q, %v", content, err)
	}
	// A managed secret has no end.
	if key, err := evercredoss.NewProvider(cloud.Source).GetCredentials(ctx); err != nil || key.Expires != nil && time.Until(*key.Expires) < time.Hour {
		t.Errorf("the end of the managed key is %v, %v", key.Expires, err)
	}
}
