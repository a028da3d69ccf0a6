package evercredossv1_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/aliyun/aliyun-oss-go-sdk/oss"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredossv1"
	"github.com/evercred/evercred/bindings/go/internal/adaptertest"
	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

func start(t *testing.T) (*adaptertest.Aliyun, *oss.Bucket) {
	t.Helper()
	cloud := adaptertest.StartAliyun(t)
	cloud.Control("buckets", emulatortest.Fields{"name": "pictures"})
	client, err := oss.New(cloud.URL, "", "", oss.SetCredentialsProvider(evercredossv1.NewProvider(cloud.Source)))
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := client.Bucket("pictures")
	if err != nil {
		t.Fatal(err)
	}
	return cloud, bucket
}

func get(bucket *oss.Bucket) (string, error) {
	body, err := bucket.GetObject("a.png")
	if err != nil {
		return "", err
	}
	defer body.Close()
	content, err := io.ReadAll(body)
	return string(content), err
}

// put stores a body through a refused key, if it can go back.
func put(ctx context.Context, cloud *adaptertest.Aliyun, bucket *oss.Bucket, body io.Reader) error {
	rewind := evercredossv1.Rewind(body)
	_, err := evercredossv1.Retry(ctx, cloud.Source, func(context.Context) (struct{}, error) {
		if err := rewind(); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, bucket.PutObject("a.png", body)
	})
	return err
}

func TestCallsThroughARotationAndARevokedKey(t *testing.T) {
	cloud, bucket := start(t)
	ctx := adaptertest.Context(t)
	if err := put(ctx, cloud, bucket, strings.NewReader("first")); err != nil {
		t.Fatal(err)
	}
	cloud.Rotate()
	if content, err := get(bucket); err != nil || content != "first" {
		t.Fatalf("after a rotation: %q, %v", content, err)
	}
	for revoked := uint64(1); revoked <= 3; revoked++ {
		cloud.Revoke()
		content := strings.Repeat("x", 1+int(revoked)*100_000)
		// The body begins where the caller has read up to.
		body := bytes.NewReader([]byte("skipped" + content))
		if _, err := body.Seek(int64(len("skipped")), io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if err := put(ctx, cloud, bucket, body); err != nil {
			t.Fatalf("after revoked key %d: %v", revoked, err)
		}
		if stored, err := get(bucket); err != nil || stored != content {
			t.Errorf("%d of %d bytes are stored, %v", len(stored), len(content), err)
		}
		if got := cloud.Rejections(); got != revoked {
			t.Errorf("%d keys were reported after %d were revoked", got, revoked)
		}
	}
}

// Half a body is worse than an error; the key is reported nevertheless, so the next call succeeds.
func TestABodyThatCannotGoBack(t *testing.T) {
	cloud, bucket := start(t)
	ctx := adaptertest.Context(t)
	if err := put(ctx, cloud, bucket, strings.NewReader("first")); err != nil {
		t.Fatal(err)
	}
	cloud.Revoke()
	stream := struct{ io.Reader }{strings.NewReader(strings.Repeat("y", 100_000))}
	if err := put(ctx, cloud, bucket, stream); err == nil || !strings.Contains(err.Error(), "cannot seek") {
		t.Errorf("a used body gives %v", err)
	}
	if content, err := get(bucket); err != nil || content != "first" {
		t.Errorf("%q, %v", content, err)
	}
}

func TestPresignedURLs(t *testing.T) {
	cloud, bucket := start(t)
	if err := put(adaptertest.Context(t), cloud, bucket, strings.NewReader("first")); err != nil {
		t.Fatal(err)
	}
	address, err := bucket.SignURL("a.png", oss.HTTPGet, 60)
	if err != nil {
		t.Fatal(err)
	}
	body, err := bucket.GetObjectWithURL(address)
	if err != nil {
		t.Fatal(err)
	}
	body.Close()
}

func TestErrorsAreTheSDKsAndTheSources(t *testing.T) {
	cloud, bucket := start(t)
	var refused oss.ServiceError
	if _, err := get(bucket); !errors.As(err, &refused) || refused.Code != "NoSuchKey" || evercredossv1.Code(err) != "NoSuchKey" {
		t.Errorf("a missing object gives %v", err)
	}
	credentials, err := evercredossv1.NewProvider(cloud.Source).GetCredentialsE()
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		emulatortest.NoSecret(t, fmt.Sprintf(verb, credentials), credentials.GetAccessKeySecret())
	}
	cloud.Source.Close()
	if _, err := get(bucket); !errors.Is(err, evercred.ErrClosed) {
		t.Errorf("a closed source gives %v", err)
	}
}
