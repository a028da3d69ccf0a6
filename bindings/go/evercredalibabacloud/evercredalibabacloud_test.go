package evercredalibabacloud_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredalibabacloud"
	"github.com/evercred/evercred/bindings/go/internal/adaptertest"
	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

const version = "2014-05-26"

func start(t *testing.T) (*adaptertest.Aliyun, *sdk.Client) {
	t.Helper()
	cloud := adaptertest.StartAliyun(t)
	cloud.Answer(version, "DescribeZones", emulatortest.Fields{"Zone": "cn-hangzhou-h"})
	config := sdk.NewConfig().WithHttpTransport(&http.Transport{})
	return cloud, newClient(t, evercredalibabacloud.Configure(config, cloud.Source), cloud.Source)
}

// newClient makes the real client of the SDK; the emulator checks its signatures.
func newClient(t *testing.T, config *sdk.Config, source *evercred.Source) *sdk.Client {
	t.Helper()
	client, err := sdk.NewClientWithOptions(adaptertest.Region, config, evercredalibabacloud.NewProvider(source))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func ask(client *sdk.Client, cloud *adaptertest.Aliyun, action string, change func(*requests.CommonRequest)) (string, error) {
	request := requests.NewCommonRequest()
	request.Method, request.Scheme, request.Domain = "POST", "http", cloud.HostPort
	request.Version, request.ApiName = version, action
	request.QueryParams["Name"] = "a b*c~d/中"
	if change != nil {
		change(request)
	}
	answer, err := client.ProcessCommonRequest(request)
	if err != nil {
		return "", err
	}
	return answer.GetHttpContentString(), nil
}

// The calls are the SDK's own; nothing around them repeats.
func TestCallsThroughARotationAndARevokedKey(t *testing.T) {
	cloud, client := start(t)
	shapes := map[string]func(*requests.CommonRequest){
		"query": nil,
		"form": func(request *requests.CommonRequest) {
			request.FormParams["Description"] = "x y+z&*~ü"
		},
		"get": func(request *requests.CommonRequest) { request.Method = "GET" },
	}
	if _, err := ask(client, cloud, "DescribeZones", nil); err != nil {
		t.Fatal(err)
	}
	cloud.Rotate()
	if _, err := ask(client, cloud, "DescribeZones", nil); err != nil {
		t.Fatalf("after a rotation: %v", err)
	}
	revoked := uint64(0)
	for name, shape := range shapes {
		cloud.Revoke()
		revoked++
		answer, err := ask(client, cloud, "DescribeZones", shape)
		if err != nil || !strings.Contains(answer, "cn-hangzhou-h") {
			t.Errorf("%s after a revoked key: %s, %v", name, answer, err)
		}
		if got := cloud.Rejections(); got != revoked {
			t.Errorf("%d keys were reported after %d were revoked", got, revoked)
		}
	}
}

func TestManyCallsMeetARevokedKey(t *testing.T) {
	cloud, client := start(t)
	if _, err := ask(client, cloud, "DescribeZones", nil); err != nil {
		t.Fatal(err)
	}
	cloud.Revoke()
	var group sync.WaitGroup
	for worker := 0; worker < 16; worker++ {
		// A client of the SDK keeps state in itself for each call, so each goroutine has its own.
		own := newClient(t, evercredalibabacloud.Configure(sdk.NewConfig().WithHttpTransport(&http.Transport{}), cloud.Source), cloud.Source)
		group.Add(1)
		go func() {
			defer group.Done()
			if _, err := ask(own, cloud, "DescribeZones", nil); err != nil {
				t.Error(err)
			}
		}()
	}
	group.Wait()
	if got := cloud.Rejections(); got != 1 {
		t.Errorf("%d keys were reported", got)
	}
}

// Without the transport, Retry does it around the call.
func TestRetryAroundACall(t *testing.T) {
	cloud, _ := start(t)
	client := newClient(t, sdk.NewConfig().WithHttpTransport(&http.Transport{}), cloud.Source)
	ctx := adaptertest.Context(t)
	call := func(context.Context) (string, error) { return ask(client, cloud, "DescribeZones", nil) }
	if _, err := evercredalibabacloud.Retry(ctx, cloud.Source, call); err != nil {
		t.Fatal(err)
	}
	cloud.Revoke()
	if _, err := evercredalibabacloud.Retry(ctx, cloud.Source, call); err != nil {
		t.Errorf("after a revoked key: %v", err)
	}
}

// A request whose body cannot be sent again is not signed anew: the cloud's own answer comes back.
func TestABodyThatCannotBeSentAgain(t *testing.T) {
	cloud, _ := start(t)
	ctx := adaptertest.Context(t)
	key, err := cloud.Source.Get(ctx)
	if err != nil {
		t.Fatal(err)
	}
	transport := &evercredalibabacloud.Transport{Source: cloud.Source, Base: &http.Transport{}}
	// The first request has the current key, which is revoked; the second one has an older key than the current one.
	cloud.Revoke()
	for range 2 {
		address := cloud.URL + "/?SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&Signature=x&SignatureNonce=1&Format=JSON&Action=DescribeZones" +
			"&Version=" + version + "&Timestamp=" + time.Now().UTC().Format("2006-01-02T15:04:05Z") + "&AccessKeyId=" + key.AccessKeyID()
		request, err := http.NewRequestWithContext(ctx, "POST", address, io.NopCloser(strings.NewReader("Name=a")))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		if err := errors.Join(err, answer.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "InvalidAccessKeyId.NotFound") {
			t.Errorf("%s %s", answer.Status, text)
		}
	}
	if got := cloud.Rejections(); got != 1 {
		t.Errorf("%d keys were reported", got)
	}
}

func TestErrorsAreTheSDKsAndTheSources(t *testing.T) {
	cloud, client := start(t)
	var refused *sdkerrors.ServerError
	_, err := ask(client, cloud, "NoSuchAction", nil)
	if !errors.As(err, &refused) || refused.ErrorCode() != "InvalidAction.NotFound" || evercredalibabacloud.Code(err) != "InvalidAction.NotFound" {
		t.Errorf("an unknown action gives %v", err)
	}
	cloud.Source.Close()
	if _, err := ask(client, cloud, "DescribeZones", nil); !errors.Is(err, evercred.ErrClosed) {
		t.Errorf("a closed source gives %v", err)
	}
}
