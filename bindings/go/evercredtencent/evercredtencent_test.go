package evercredtencent_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredtencent"
	"github.com/evercred/evercred/bindings/go/internal/adaptertest"
	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

const role = "qcs::cam::uin/1:roleName/app"

// start starts a cloud with a role, and opens the role's keys.
func start(t *testing.T) (*adaptertest.Tencent, *evercred.Source) {
	t.Helper()
	var options evercred.Options
	options.Set("tencent_identity", "assume_role")
	options.Set("tencent_role_arn", role)
	options.Set("tencent_role_base_identity", "static")
	cloud := adaptertest.StartTencent(t, options)
	cloud.Control("role-arn", emulatortest.Fields{"arn": role, "life_ms": 3600000})
	cloud.Control("action", emulatortest.Fields{
		"cloud": "tencent", "service": "cvm", "version": "2017-03-12", "action": "DescribeZones",
		"answer": emulatortest.Fields{"TotalCount": 7},
	})
	source, err := cloud.Client.Identity(evercred.Tencent)
	if err != nil {
		t.Fatal(err)
	}
	return cloud, source
}

// The real client of the SDK against the emulator, which checks the signatures.
func newClient(cloud *adaptertest.Tencent, credential common.CredentialIface, signMethod string) *common.Client {
	settings := profile.NewClientProfile()
	settings.HttpProfile.Endpoint = cloud.HostPort
	settings.HttpProfile.Scheme = "HTTP"
	settings.SignMethod = signMethod
	return common.NewCommonClient(credential, adaptertest.TencentRegion, settings)
}

func describe(ctx context.Context, client *common.Client, action string) (string, error) {
	request := tchttp.NewCommonRequest("cvm", "2017-03-12", action)
	request.SetContext(ctx)
	if err := request.SetActionParameters(map[string]interface{}{}); err != nil {
		return "", err
	}
	response := tchttp.NewCommonResponse()
	err := client.Send(request, response)
	return string(response.GetBody()), err
}

func TestACallThroughARotationAndARevokedKey(t *testing.T) {
	for _, signMethod := range []string{"TC3-HMAC-SHA256", "HmacSHA256"} {
		t.Run(signMethod, func(t *testing.T) {
			cloud, source := start(t)
			ctx := adaptertest.Context(t)
			client := newClient(cloud, evercredtencent.NewCredential(source), signMethod)
			call := func(ctx context.Context) (string, error) { return describe(ctx, client, "DescribeZones") }
			answer, err := evercredtencent.Retry(ctx, source, call)
			if err != nil || !strings.Contains(answer, `"TotalCount":7`) {
				t.Fatalf("the first call: %s, %v", answer, err)
			}
			for revoked := uint64(1); revoked <= 2; revoked++ {
				key, err := source.Get(ctx)
				if err != nil || key.SecurityToken() == "" {
					t.Fatal(key, err)
				}
				name := map[uint64]string{1: "expire-key", 2: "remove-key"}[revoked]
				cloud.Control(name, emulatortest.Fields{"secret_id": key.AccessKeyID()})
				if _, err := evercredtencent.Retry(ctx, source, call); err != nil {
					t.Fatalf("after %s: %v", name, err)
				}
				if got := cloud.Rejections(source); got != revoked {
					t.Errorf("%d keys were reported after %d were revoked", got, revoked)
				}
			}
		})
	}
}

func TestTheProviderTellsErrors(t *testing.T) {
	cloud, source := start(t)
	credential, err := evercredtencent.NewProvider(source).GetCredential()
	if err != nil {
		t.Fatal(err)
	}
	client, err := newClient(cloud, nil, "TC3-HMAC-SHA256").WithProvider(evercredtencent.NewProvider(source))
	if err != nil {
		t.Fatal(err)
	}
	ctx := adaptertest.Context(t)
	if _, err := describe(ctx, client, "DescribeZones"); err != nil {
		t.Fatal(err)
	}
	if id, key, token := credential.GetCredential(); id != credential.GetSecretId() || key != credential.GetSecretKey() || token != credential.GetToken() {
		t.Error("the parts are of different keys")
	}

	var refused *sdkerrors.TencentCloudSDKError
	_, err = evercredtencent.Retry(ctx, source, func(ctx context.Context) (string, error) { return describe(ctx, client, "NoSuchAction") })
	if !errors.As(err, &refused) || refused.Code != "InvalidAction" || evercredtencent.Code(err) != "InvalidAction" {
		t.Errorf("an unknown action gives %v", err)
	}

	source.Close()
	if _, err := evercredtencent.NewProvider(source).GetCredential(); !errors.Is(err, evercred.ErrClosed) {
		t.Errorf("a closed source gives %v", err)
	}
	if id, key, token := credential.GetCredential(); id != "" || key != "" || token != "" {
		t.Error("a closed source gives a key")
	}
}
