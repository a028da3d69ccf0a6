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

// registry holds a client for each account with its settings. The key of the cloud that asks is not a part of what they
// are found by: a new one, such as the next of a temporary key, takes the place of the one before, and nothing grows.
// Entries stay until Shutdown.
var registry struct {
	sync.Mutex
	accounts map[account]*entry
}

type account struct {
	settings               settings
	region, instance, user string
}

// settings are what a client is made of besides the key; comparable, so that equal requests share one.
type settings struct {
	endpoint, rootDomain, scheme, proxy string
	signMethod, language                string
	timeout                             time.Duration
}

// key is the key of the cloud that asks.
type key struct{ secretID, secretKey, token string }

type entry struct {
	key    key
	client *evercred.Client
	source *evercred.Source
	users  int // the registry, and the calls that are in progress
}

// release ends one use. The last one closes the client.
func (e *entry) release() {
	registry.Lock()
	e.users--
	last := e.users == 0
	registry.Unlock()
	if last {
		e.client.Close()
	}
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
	credential, err := get(tokenRequest)
	if err != nil {
		return "", official(err)
	}
	return credential.Password(), nil
}

func get(request *model.GenerateAuthenticationTokenRequest) (evercred.Credential, error) {
	entry, err := open(request)
	if err != nil {
		return evercred.Credential{}, err
	}
	defer entry.release()
	return entry.source.Get(context.Background())
}

// Shutdown ends what the package keeps: background work and cached passwords. Later calls begin anew.
func Shutdown() {
	registry.Lock()
	accounts := registry.accounts
	registry.accounts = nil
	registry.Unlock()
	for _, each := range accounts {
		each.client.Close()
	}
}

// open returns the entry of the account for a call, which releases it. A new key needs a new client; the one before is
// closed when no call uses it any more.
func open(request *model.GenerateAuthenticationTokenRequest) (*entry, error) {
	of := account{settingsOf(request), request.Region(), request.InstanceId(), request.UserName()}
	var with key
	with.secretID, with.secretKey, with.token = request.Credential().GetCredential()
	registry.Lock()
	defer registry.Unlock()
	before := registry.accounts[of]
	if before != nil && before.key == with {
		before.users++
		return before, nil
	}
	client, err := evercred.New(of.settings.options(with))
	if err != nil {
		return nil, err
	}
	source, err := client.Database(of.region, of.instance, of.user)
	if err != nil {
		client.Close()
		return nil, err
	}
	if before != nil {
		// Outside of the lock, and without a wait of this call.
		go before.release()
	}
	if registry.accounts == nil {
		registry.accounts = map[account]*entry{}
	}
	opened := &entry{key: with, client: client, source: source, users: 2}
	registry.accounts[of] = opened
	return opened, nil
}

func settingsOf(request *model.GenerateAuthenticationTokenRequest) settings {
	var s settings
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
func (s settings) options(key key) evercred.Options {
	var options evercred.Options
	options.Set("poll_interval_ms", fmt.Sprint(pollInterval.Milliseconds()))
	options.LoadEnvironment()
	options.Set("tencent_identity", "static")
	for _, option := range []struct{ name, value string }{
		{"tencent_secret_id", key.secretID},
		{"tencent_secret_key", key.secretKey},
		{"tencent_session_token", key.token},
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
