// Package model has the request of package dbauth, with the names of Tencent Cloud's official SDK for Go.
package model

import (
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

// GenerateAuthenticationTokenRequest names a database account, and the key and the settings to ask for its password.
// It does not change after it is made.
type GenerateAuthenticationTokenRequest struct {
	region        string
	instanceID    string
	userName      string
	credential    *common.Credential
	clientProfile *profile.ClientProfile
}

// NewGenerateAuthenticationTokenRequest makes a request. clientProfile may be nil.
//
// The error is a *errors.TencentCloudSDKError with the code of the official SDK for the argument that is missing.
func NewGenerateAuthenticationTokenRequest(region, instanceId, userName string,
	credential *common.Credential, clientProfile *profile.ClientProfile) (*GenerateAuthenticationTokenRequest, error) {
	switch {
	case region == "":
		return nil, errors.NewTencentCloudSDKError("InvalidParameter.ResourceRegionError",
			"region is empty; it is that of the instance, such as ap-guangzhou", "")
	case instanceId == "":
		return nil, errors.NewTencentCloudSDKError("InvalidParameter.ResourceError",
			"instanceId is empty; it is the id of the database instance", "")
	case userName == "":
		return nil, errors.NewTencentCloudSDKError("InvalidParameter.UserNameIllegal",
			"userName is empty; it is the account's name in the database", "")
	case credential == nil || credential.SecretId == "" || credential.SecretKey == "":
		return nil, errors.NewTencentCloudSDKError("ResourceNotFound.SecretNotExist",
			"credential is nil or has no SecretId or no SecretKey; use common.NewCredential", "")
	}
	return &GenerateAuthenticationTokenRequest{
		region:        region,
		instanceID:    instanceId,
		userName:      userName,
		credential:    credential,
		clientProfile: clientProfile,
	}, nil
}

// Region returns the region of the instance.
func (r *GenerateAuthenticationTokenRequest) Region() string { return r.region }

// InstanceId returns the id of the instance.
func (r *GenerateAuthenticationTokenRequest) InstanceId() string { return r.instanceID }

// UserName returns the name of the account.
func (r *GenerateAuthenticationTokenRequest) UserName() string { return r.userName }

// Credential returns the key that signs.
func (r *GenerateAuthenticationTokenRequest) Credential() *common.Credential { return r.credential }

// ClientProfile returns the settings, or nil.
func (r *GenerateAuthenticationTokenRequest) ClientProfile() *profile.ClientProfile {
	return r.clientProfile
}
