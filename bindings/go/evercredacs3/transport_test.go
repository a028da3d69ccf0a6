package evercredacs3_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredacs3"
	"github.com/evercred/evercred/bindings/go/internal/adaptertest"
	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

const version = "2014-05-26"

func start(t *testing.T) (*adaptertest.Aliyun, *http.Client) {
	t.Helper()
	cloud := adaptertest.StartAliyun(t)
	cloud.Answer(version, "DescribeZones", emulatortest.Fields{"Zone": "cn-hangzhou-h"})
	return cloud, &http.Client{Transport: &evercredacs3.Transport{Source: cloud.Source, Base: &http.Transport{}}}
}

// do sends a request of an action, whose signature the emulator checks.
func do(ctx context.Context, client *http.Client, method, address, action, body string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("x-acs-action", action)
	request.Header.Set("x-acs-version", version)
	if body != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

func TestRequestsOfAllShapesAreSigned(t *testing.T) {
	cloud, client := start(t)
	ctx := adaptertest.Context(t)
	for name, request := range map[string]struct{ method, path, body string }{
		"query":            {"POST", "/?RegionId=cn-hangzhou", ""},
		"no query":         {"GET", "", ""},
		"path":             {"GET", "/clusters/a%20b", ""},
		"unreserved":       {"GET", "/?Tag=a-b_c.d~e", ""},
		"reserved":         {"GET", "/?Tag=a%20b%2Fc%2B%2A%27%28%29&Name=%E4%B8%AD", ""},
		"several values":   {"GET", "/?Id=2&Id=1&Empty=", ""},
		"form":             {"POST", "/", "RegionId=cn-hangzhou&Name=a+b"},
		"query and a body": {"PUT", "/x?RegionId=cn-hangzhou", "a=b"},
	} {
		status, text, err := do(ctx, client, request.method, cloud.URL+request.path, "DescribeZones", request.body)
		if err != nil || status != http.StatusOK || !strings.Contains(text, "cn-hangzhou-h") {
			t.Errorf("%s: %d %s %v", name, status, text, err)
		}
	}
}

func TestARequestThroughARotationAndARevokedKey(t *testing.T) {
	cloud, client := start(t)
	ctx := adaptertest.Context(t)
	ask := func() {
		t.Helper()
		status, text, err := do(ctx, client, "POST", cloud.URL+"/", "DescribeZones", "RegionId=cn-hangzhou")
		if err != nil || status != http.StatusOK {
			t.Fatalf("%d %s %v", status, text, err)
		}
	}
	ask()
	cloud.Rotate()
	ask()
	for revoked := uint64(1); revoked <= 3; revoked++ {
		cloud.Revoke()
		ask()
		if got := cloud.Rejections(); got != revoked {
			t.Errorf("%d keys were reported after %d were revoked", got, revoked)
		}
	}
}

func TestAnswersAndErrorsComeAsTheyAre(t *testing.T) {
	cloud, client := start(t)
	ctx := adaptertest.Context(t)
	status, text, err := do(ctx, client, "POST", cloud.URL+"/", "NoSuchAction", "")
	if err != nil || status != http.StatusNotFound || !strings.Contains(text, "InvalidAction.NotFound") {
		t.Errorf("an unknown action gives %d %s %v", status, text, err)
	}

	// No other key comes in time: the caller gets the cloud's answer about the refused one, whole.
	key, err := cloud.Source.Get(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cloud.RevokeAccessKey(key.AccessKeyID())
	short, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	status, text, err = do(short, client, "POST", cloud.URL+"/", "DescribeZones", "")
	if err != nil || status != http.StatusNotFound || !strings.Contains(text, "InvalidAccessKeyId.NotFound") {
		t.Errorf("a key that stays refused gives %d %s %v", status, text, err)
	}

	// A long answer of an error is not cut.
	long := strings.Repeat("y", 200_000)
	cloud.Fault(emulatortest.Fields{"kind": "raw", "status": 500, "headers": []any{}, "body": long, "times": 1, "action": "DescribeZones"})
	cloud.AddAccessKey(key.AccessKeyID(), key.AccessKeySecret())
	status, text, err = do(ctx, client, "POST", cloud.URL+"/", "DescribeZones", "")
	if err != nil || status != http.StatusInternalServerError || text != long {
		t.Errorf("a long answer: %d, %d bytes, %v", status, len(text), err)
	}

	cloud.Source.Close()
	if _, _, err := do(ctx, client, "POST", cloud.URL+"/", "DescribeZones", ""); !errors.Is(err, evercred.ErrClosed) {
		t.Errorf("a closed source gives %v", err)
	}
	if _, _, err := do(ctx, &http.Client{Transport: &evercredacs3.Transport{}}, "POST", cloud.URL+"/", "DescribeZones", ""); err == nil {
		t.Error("no source is accepted")
	}
}

// The request that the caller made is not changed, as RoundTrip promises.
func TestTheRequestIsNotChanged(t *testing.T) {
	cloud, client := start(t)
	request, err := http.NewRequestWithContext(adaptertest.Context(t), "GET", cloud.URL+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("x-acs-action", "DescribeZones")
	request.Header.Set("x-acs-version", version)
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK || len(request.Header) != 2 {
		t.Errorf("%s, headers %v", answer.Status, len(request.Header))
	}
}

// What is sent after a redirect to another host has nothing of the key.
func TestARedirectToAnotherHostIsNotSigned(t *testing.T) {
	cloud, client := start(t)
	key, err := cloud.Source.Get(adaptertest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, same := range []bool{false, true} {
		var target string
		var seen []*http.Request
		serve := func(answer http.ResponseWriter, request *http.Request) {
			seen = append(seen, request)
			if request.URL.Path == "/start" {
				http.Redirect(answer, request, target+"/next", http.StatusTemporaryRedirect)
				return
			}
			if request.URL.Path == "/next" {
				// From the other host it goes on; it stays another one.
				http.Redirect(answer, request, "/end", http.StatusTemporaryRedirect)
			}
		}
		first := httptest.NewServer(http.HandlerFunc(serve))
		t.Cleanup(first.Close)
		other := httptest.NewServer(http.HandlerFunc(serve))
		t.Cleanup(other.Close)
		target = other.URL
		if same {
			target = first.URL
		}
		if _, _, err := do(adaptertest.Context(t), client, "POST", first.URL+"/start", "DescribeZones", "a=b"); err != nil {
			t.Fatal(err)
		}
		if len(seen) != 3 {
			t.Fatalf("%d requests", len(seen))
		}
		for _, request := range seen {
			signed := strings.Contains(request.Header.Get("Authorization"), key.AccessKeyID())
			if want := same || request.URL.Path == "/start"; signed != want || request.ContentLength != 3 {
				t.Errorf("same host: %v, %s: signed %v, %d bytes", same, request.URL.Path, signed, request.ContentLength)
			}
		}
	}
}
