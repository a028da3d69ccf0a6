// Package dbauth has the names of Tencent Cloud's dbauth-sdk-go and the behaviour of evercred: a program changes its
// imports and nothing else.
//
//	"github.com/tencentcloud/dbauth-sdk-go/dbauth"       becomes  "github.com/evercred/evercred/bindings/go/dbauth"
//	"github.com/tencentcloud/dbauth-sdk-go/dbauth/model" becomes  "github.com/evercred/evercred/bindings/go/dbauth/model"
//
// The password of an account is fetched once for all callers and kept fresh in the background; a call costs no request.
// As the official SDK does, it is fetched again every five seconds to find an early rotation, because a program written
// for that SDK reports no refused login. A program that logs in through package evercredmysql needs no such poll.
// EVERCRED_ variables of the environment set every other option, such as EVERCRED_POLL_INTERVAL_MS.
//
// What differs: an expired password is not returned (except while the cloud cannot be reached, for the option
// max_stale_ms), nothing is written to a log, and a nil field in the cloud's answer is an error instead of a panic.
package dbauth

import (
	"context"
	stderrors "errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/dbauth/model"
)

// pollInterval is how often the official SDK asks.
const pollInterval = 5 * time.Second

// registry holds a client for each key with its settings, and a source for each account of it. Its entries stay until
// Shutdown.
var registry struct {
	sync.Mutex
	clients map[settings]*evercred.Client
	sources map[account]*evercred.Source
}

// settings are what a client is made of; comparable, so that equal requests share one.
type settings struct {
	secretID, secretKey, token          string
	endpoint, rootDomain, scheme, proxy string
	signMethod, language                string
	timeout                             time.Duration
}

type account struct {
	settings               settings
	region, instance, user string
}

// GenerateAuthenticationToken returns the password of the account. The first call for an account waits for the cloud, at
// most the time of the profile's ReqTimeout; later ones return at once.
//
// The error is a *errors.TencentCloudSDKError with the cloud's code and request id where it sent them, otherwise with
// the code "ClientError.NetworkError" or "InternalError". The [evercred.Error] is below it, for errors.As.
func GenerateAuthenticationToken(tokenRequest *model.GenerateAuthenticationTokenRequest) (string, error) {
	if tokenRequest == nil {
		return "", errors.NewTencentCloudSDKError("InvalidParameter.ParamError",
			"tokenRequest is nil; use model.NewGenerateAuthenticationTokenRequest", "")
	}
	source, err := open(tokenRequest)
	if err != nil {
		return "", official(err)
	}
	credential, err := source.Get(context.Background())
	if err != nil {
		return "", official(err)
	}
	return credential.Password(), nil
}

// Shutdown ends what the package keeps: background work and cached passwords. Later calls begin anew.
func Shutdown() {
	registry.Lock()
	clients := registry.clients
	registry.clients, registry.sources = nil, nil
	registry.Unlock()
	for _, client := range clients {
		client.Close()
	}
}

func open(request *model.GenerateAuthenticationTokenRequest) (*evercred.Source, error) {
	key := account{settingsOf(request), request.Region(), request.InstanceId(), request.UserName()}
	registry.Lock()
	defer registry.Unlock()
	if source, ok := registry.sources[key]; ok {
		return source, nil
	}
	client, ok := registry.clients[key.settings]
	if !ok {
		var err error
		if client, err = evercred.New(key.settings.options()); err != nil {
			return nil, err
		}
	}
	source, err := client.Database(key.region, key.instance, key.user)
	if err != nil {
		if !ok {
			client.Close()
		}
		return nil, err
	}
	if registry.clients == nil {
		registry.clients = map[settings]*evercred.Client{}
		registry.sources = map[account]*evercred.Source{}
	}
	registry.clients[key.settings] = client
	registry.sources[key] = source
	return source, nil
}

func settingsOf(request *model.GenerateAuthenticationTokenRequest) settings {
	id, key, token := request.Credential().GetCredential()
	s := settings{secretID: id, secretKey: key, token: token}
	set := request.ClientProfile()
	if set == nil {
		// The official SDK waits 30 seconds if it is told nothing.
		s.timeout = 30 * time.Second
		return s
	}
	s.signMethod, s.language = set.SignMethod, set.Language
	if http := set.HttpProfile; http != nil {
		s.endpoint, s.rootDomain, s.proxy = http.Endpoint, http.RootDomain, http.Proxy
		s.scheme = strings.ToLower(http.Scheme)
		s.timeout = time.Duration(http.ReqTimeout) * time.Second
	}
	return s
}

// options are the official SDK's behaviour, then the environment, then what the program says.
func (s settings) options() evercred.Options {
	var options evercred.Options
	options.Set("poll_interval_ms", fmt.Sprint(pollInterval.Milliseconds()))
	options.LoadEnvironment()
	options.Set("tencent_identity", "static")
	for _, option := range []struct{ name, value string }{
		{"tencent_secret_id", s.secretID},
		{"tencent_secret_key", s.secretKey},
		{"tencent_session_token", s.token},
		{"tencent_endpoint", s.endpoint},
		{"tencent_root_domain", s.rootDomain},
		{"tencent_scheme", s.scheme},
		{"tencent_sign_method", s.signMethod},
		{"tencent_language", s.language},
		{"proxy", s.proxy},
	} {
		if option.value != "" {
			options.Set(option.name, option.value)
		}
	}
	if s.timeout > 0 {
		options.TotalTimeout = s.timeout
	}
	return options
}

// official makes the official SDK's kind of error, with the library's below it.
func official(err error) error {
	code, requestID := "InternalError", ""
	var reason *evercred.Error
	if stderrors.As(err, &reason) {
		requestID = reason.RequestID
		switch {
		case reason.ProviderCode != "":
			code = reason.ProviderCode
		case reason.Code == evercred.ErrNetwork, reason.Code == evercred.ErrTLS, reason.Code == evercred.ErrTimeout:
			code = "ClientError.NetworkError"
		}
	}
	return errors.NewTencentCloudSDKErrorWithCause(code, "the authentication token cannot be had", requestID, err)
}
