package main

import (
	"github.com/aliyun/alibaba-cloud-sdk-go/services/kms"
	"github.com/aliyun/aliyun-secretsmanager-client-go/sdk"
	"github.com/aliyun/aliyun-secretsmanager-client-go/sdk/service"
)

// The peer is Alibaba Cloud's own client, with a memory cache that is warm. What it asks is not the network here.

const secretName = "bench"

func newPeer() (*sdk.SecretManagerCacheClient, error) {
	client, err := sdk.NewSecretCacheClientBuilder(memory{}).WithLogger(quiet{}).Build()
	if err != nil {
		return nil, err
	}
	_, err = client.GetSecretInfo(secretName)
	return client, err
}

// memory answers without a network.
type memory struct{}

var _ service.SecretManagerClient = memory{}

func (memory) Init() error  { return nil }
func (memory) Close() error { return nil }

func (memory) GetSecretValue(request *kms.GetSecretValueRequest) (*kms.GetSecretValueResponse, error) {
	response := kms.CreateGetSecretValueResponse()
	response.SecretName = request.SecretName
	response.SecretData = `{"AccessKeyId":"LTAIbench","AccessKeySecret":"a-secret-of-thirty-characters0"}`
	response.SecretDataType = "text"
	response.SecretType = "RAMCredentials"
	response.VersionId = "1"
	return response, nil
}

// quiet logs nothing.
type quiet struct{}

func (quiet) Flush()                        {}
func (quiet) Tracef(string, ...interface{}) {}
func (quiet) Debugf(string, ...interface{}) {}
func (quiet) Infof(string, ...interface{})  {}
func (quiet) Warnf(string, ...interface{})  {}
func (quiet) Errorf(string, ...interface{}) {}
