package evercredsls_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	sls "github.com/aliyun/aliyun-log-go-sdk"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredsls"
	"github.com/evercred/evercred/bindings/go/internal/adaptertest"
)

// service is a Simple Log Service that knows one key. The emulator has none, so it looks at the key's id alone and
// checks no signature.
type service struct {
	*httptest.Server
	mutex sync.Mutex
	known string
}

func (s *service) accept(id string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.known = id
}

func newService(t *testing.T) *service {
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		s.mutex.Lock()
		known := s.known
		s.mutex.Unlock()
		answer.Header().Set("x-log-requestid", "1")
		// Signature V1: "LOG id:signature".
		if !strings.HasPrefix(request.Header.Get("Authorization"), "LOG "+known+":") {
			answer.WriteHeader(http.StatusUnauthorized)
			_ = json.NewEncoder(answer).Encode(map[string]string{"errorCode": "InvalidAccessKeyId", "errorMessage": "not known"})
			return
		}
		_ = json.NewEncoder(answer).Encode(map[string]string{"projectName": "orders", "description": "all of them"})
	}))
	t.Cleanup(s.Close)
	return s
}

func TestACallThroughARotationAndARevokedKey(t *testing.T) {
	cloud := adaptertest.StartAliyun(t)
	logs := newService(t)
	logs.accept(cloud.SecretAccessKeyID(adaptertest.SecretName))
	client := sls.CreateNormalInterfaceV2("http://sls.example.com", evercredsls.NewProvider(cloud.Source))
	defer client.Close()
	// The project is a part of the host's name; every host is the service above.
	client.SetHTTPClient(&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, logs.Listener.Addr().String())
		},
	}})
	ctx := adaptertest.Context(t)
	call := func(context.Context) (*sls.LogProject, error) { return client.GetProject("orders") }
	project, err := evercredsls.Retry(ctx, cloud.Source, call)
	if err != nil || project.Name != "orders" {
		t.Fatal(project, err)
	}
	for revoked := uint64(1); revoked <= 3; revoked++ {
		cloud.Revoke()
		logs.accept(cloud.SecretAccessKeyID(adaptertest.SecretName))
		if _, err := evercredsls.Retry(ctx, cloud.Source, call); err != nil {
			t.Fatalf("after revoked key %d: %v", revoked, err)
		}
		if got := cloud.Rejections(); got != revoked {
			t.Errorf("%d keys were reported after %d were revoked", got, revoked)
		}
	}

	cloud.Source.Close()
	if _, err := evercredsls.Retry(ctx, cloud.Source, call); !errors.Is(err, evercred.ErrClosed) {
		t.Errorf("a closed source gives %v", err)
	}
	// The SDK keeps only the text of a provider's error.
	if _, err := client.GetProject("orders"); err == nil || !strings.Contains(err.Error(), "the source is closed") {
		t.Errorf("a closed source gives %v without Retry", err)
	}
}
