// Package managedcredentials has the names of Alibaba Cloud's aliyun-sdk-managed-credentials-providers-go and the
// behaviour of evercred: a program changes its imports and nothing else. This package stands for the plug-in's common
// module; the others are
//
//	alibaba-cloud-sdk-go-managed-credentials-provider/sdk  package managedcredentials/sdk
//	aliyun-oss-go-sdk-managed-credentials-provider/sdk     package managedcredentials/oss
//	aliyun-sdk-common-managed-credentials-provider/sdk/utils and /service, of the same names here
//
// The settings are those of the plug-in: managed_credentials_providers.properties in the working directory, or the file
// of utils.SetConfigName, then the environment; docs/MIGRATING.md lists what is read. EVERCRED_ variables set every
// other option.
//
// What differs: a rotation reaches every client, also with versions of the SDK in which the plug-in's key stays the old
// one; a key that is refused is replaced at once and the call repeated, where the plug-in waits for its next round; a
// body is never sent by half; a failed Init may be repeated; TLS certificates are verified.
package managedcredentials

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/managedcredentials/utils"
)

const defaultConfigName = "managed_credentials_providers.properties"

var shared struct {
	sync.Mutex
	client  *evercred.Client
	sources map[string]*Opened
}

// Opened is one secret, which several clients use.
type Opened struct {
	source *evercred.Source
	name   string
	// The following are guarded by shared.
	users int
	kept  bool // one of the users is GetAccessKey and its like, until Shutdown
}

// Credentials is the access key of a secret.
type Credentials struct {
	AccessKeyId     string
	AccessKeySecret string
}

// Format implements [fmt.Formatter]: every verb prints the id and hides the secret.
func (c Credentials) Format(state fmt.State, _ rune) {
	fmt.Fprintf(state, "managedcredentials.Credentials(%s)", c.AccessKeyId)
}

// Init reads the settings. Whatever needs them calls it, so a program need not. The error names what cannot be used;
// after it, Init may be called again.
func Init() error {
	shared.Lock()
	defer shared.Unlock()
	_, err := initialized()
	return err
}

// initialized returns the client of all secrets. The caller has locked.
func initialized() (*evercred.Client, error) {
	if shared.client != nil {
		return shared.client, nil
	}
	var options evercred.Options
	name := utils.GetConfigName()
	if name == "" {
		// Without a file everything may be in the environment; a file that was named must be there.
		if _, err := os.Stat(defaultConfigName); err == nil {
			name = defaultConfigName
		}
	}
	if name != "" {
		options.LoadFile(name)
	}
	options.LoadEnvironment()
	client, err := evercred.New(options)
	if err != nil {
		return nil, err
	}
	shared.client, shared.sources = client, map[string]*Opened{}
	return client, nil
}

// Open opens a secret for a client, which calls Release once when it ends. It waits until the secret was fetched, so that
// an unknown one is an error here.
func Open(secretName string) (*Opened, error) {
	opened, err := enter(secretName)
	if err != nil {
		return nil, err
	}
	if _, err := opened.source.Get(context.Background()); err != nil {
		opened.Release()
		return nil, err
	}
	return opened, nil
}

// enter adds a user of a secret.
func enter(secretName string) (*Opened, error) {
	shared.Lock()
	defer shared.Unlock()
	client, err := initialized()
	if err != nil {
		return nil, err
	}
	opened, ok := shared.sources[secretName]
	if !ok {
		source, err := client.Managed(secretName)
		if err != nil {
			return nil, err
		}
		opened = &Opened{source: source, name: secretName}
		shared.sources[secretName] = opened
	}
	opened.users++
	return opened, nil
}

// Source is the source of the secret.
func (opened *Opened) Source() *evercred.Source { return opened.source }

// Release ends one use of a secret. With the last one, it is not refreshed any more. After Shutdown it has no effect, also
// if the secret was opened again since.
func (opened *Opened) Release() {
	shared.Lock()
	defer shared.Unlock()
	opened.users--
	if opened.users <= 0 && shared.sources[opened.name] == opened {
		delete(shared.sources, opened.name)
		opened.source.Close()
	}
}

// GetAccessKey returns the current access key of a secret. The first call for it waits for the cloud.
func GetAccessKey(secretName string) (*Credentials, error) {
	source, err := kept(secretName)
	if err != nil {
		return nil, err
	}
	credential, err := source.Get(context.Background())
	if err != nil {
		return nil, err
	}
	if credential.AccessKeyID() == "" {
		return nil, fmt.Errorf("managedcredentials: the secret %q holds no access key", secretName)
	}
	return &Credentials{AccessKeyId: credential.AccessKeyID(), AccessKeySecret: credential.AccessKeySecret()}, nil
}

// GetAccessKeyId returns the id alone; that of GetAccessKeySecret may be of another key.
func GetAccessKeyId(secretName string) (string, error) {
	key, err := GetAccessKey(secretName)
	if err != nil {
		return "", err
	}
	return key.AccessKeyId, nil
}

// GetAccessKeySecret returns the secret alone; the id of GetAccessKeyId may be of another key.
func GetAccessKeySecret(secretName string) (string, error) {
	key, err := GetAccessKey(secretName)
	if err != nil {
		return "", err
	}
	return key.AccessKeySecret, nil
}

// RefreshSecretInfo fetches a secret now and waits for it. Few calls in a short time have an effect (the option
// forced_refresh_burst).
func RefreshSecretInfo(secretName string) error {
	source, err := kept(secretName)
	if err != nil {
		return err
	}
	_, err = source.Refresh(context.Background())
	return err
}

// kept returns the source of a secret and keeps it open until Shutdown, as the plug-in does.
func kept(secretName string) (*evercred.Source, error) {
	opened, err := Open(secretName)
	if err != nil {
		return nil, err
	}
	shared.Lock()
	first := !opened.kept
	opened.kept = true
	shared.Unlock()
	if !first {
		opened.Release()
	}
	return opened.source, nil
}

// Shutdown ends all work. Clients that were made keep no valid keys; new ones read the settings again.
func Shutdown() error {
	shared.Lock()
	client := shared.client
	shared.client, shared.sources = nil, nil
	shared.Unlock()
	if client == nil {
		return errors.New("managedcredentials: nothing is initialized")
	}
	return client.Close()
}
