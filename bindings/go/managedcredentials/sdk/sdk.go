// Package sdk has the names of alibaba-cloud-sdk-go-managed-credentials-provider: it makes clients of
// alibaba-cloud-sdk-go whose requests are signed with the access key of a managed secret.
package sdk

import (
	"errors"
	"fmt"
	"sync"

	alibaba "github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredalibabacloud"
	"github.com/evercred/evercred/bindings/go/managedcredentials"
)

// initializer is what every client of the SDK has from the client that it embeds.
type initializer interface {
	InitWithOptions(regionID string, config *alibaba.Config, credential auth.Credential) error
	SetEndpointRules(endpointMap map[string]string, endpointType string, network string)
}

// The secrets of the clients that were made, by client, until they are closed.
var (
	mutex   sync.Mutex
	secrets = map[any]secret{}
)

type secret struct {
	name   string
	opened *managedcredentials.Opened
}

// GetClient makes client, a pointer to an empty client of the SDK such as &ecs.Client{}, ready, and returns it. It waits
// until the secret was fetched. An RPC request whose key is refused is repeated with the next key.
func GetClient(client interface{}, regionId string, secretName string) (interface{}, error) {
	return GetClientWithOptions(client, regionId, nil, secretName)
}

// GetClientWithOptions is GetClient with a configuration of the SDK, which may be nil. It is used as
// evercredalibabacloud.Configure says, on a copy.
func GetClientWithOptions(client interface{}, regionId string, config *alibaba.Config, secretName string) (interface{}, error) {
	target, ok := client.(initializer)
	if !ok {
		return nil, fmt.Errorf("managedcredentials: client is a %T; give a pointer to a client of alibaba-cloud-sdk-go", client)
	}
	opened, err := managedcredentials.Open(secretName)
	if err != nil {
		return nil, err
	}
	if err := initialize(target, regionId, config, opened.Source()); err != nil {
		opened.Release()
		return nil, err
	}
	mutex.Lock()
	defer mutex.Unlock()
	if before, ok := secrets[client]; ok {
		before.opened.Release()
	}
	secrets[client] = secret{secretName, opened}
	return client, nil
}

func initialize(client initializer, regionID string, config *alibaba.Config, source *evercred.Source) error {
	if config == nil {
		config = alibaba.NewConfig()
	}
	own := *config
	err := client.InitWithOptions(regionID, evercredalibabacloud.Configure(&own, source), evercredalibabacloud.NewProvider(source))
	if err == nil {
		client.SetEndpointRules(map[string]string{}, "regional", "")
	}
	return err
}

// CloseSDKCoreClient ends a client that GetClient made: its secret is not refreshed any more when no other client needs it.
func CloseSDKCoreClient(client interface{}, secretName string) error {
	mutex.Lock()
	defer mutex.Unlock()
	held, ok := secrets[client]
	if !ok || held.name != secretName {
		return errors.New("managedcredentials: this client is not open with this secret")
	}
	delete(secrets, client)
	held.opened.Release()
	return nil
}

// Destroy ends all clients that GetClient made.
func Destroy() {
	mutex.Lock()
	defer mutex.Unlock()
	for client, held := range secrets {
		delete(secrets, client)
		held.opened.Release()
	}
}

// ProxyClient is a general client of the SDK, for ProcessCommonRequest, as the plug-ins of the other languages have it.
type ProxyClient struct {
	*alibaba.Client
	opened  *managedcredentials.Opened
	closing sync.Once
}

// NewProxyClient makes a client and waits until the secret was fetched.
func NewProxyClient(regionId, secretName string) (*ProxyClient, error) {
	opened, err := managedcredentials.Open(secretName)
	if err != nil {
		return nil, err
	}
	client := &ProxyClient{Client: &alibaba.Client{}, opened: opened}
	if err := initialize(client.Client, regionId, nil, opened.Source()); err != nil {
		opened.Release()
		return nil, err
	}
	return client, nil
}

// Shutdown ends the client and, when no other client needs it, the refreshing of its secret.
func (client *ProxyClient) Shutdown() {
	client.closing.Do(client.opened.Release)
}
