package evercredaliyun_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredaliyun"
	"github.com/evercred/evercred/bindings/go/internal/adaptertest"
	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

// The real client of the SDK against the emulator, which checks the signatures.
func newClient(t *testing.T, cloud *adaptertest.Aliyun) *openapi.Client {
	t.Helper()
	client, err := openapi.NewClient(&openapiutil.Config{
		Credential: evercredaliyun.NewCredential(cloud.Source),
		Endpoint:   tea.String(cloud.HostPort),
		Protocol:   tea.String("http"),
		RegionId:   tea.String(adaptertest.Region),
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func describe(client *openapi.Client, action string) (map[string]interface{}, error) {
	return client.CallApi(&openapiutil.Params{
		Action:      tea.String(action),
		Version:     tea.String("2014-05-26"),
		Protocol:    tea.String("HTTP"),
		Method:      tea.String("POST"),
		AuthType:    tea.String("AK"),
		Style:       tea.String("RPC"),
		Pathname:    tea.String("/"),
		ReqBodyType: tea.String("json"),
		BodyType:    tea.String("json"),
	}, &openapiutil.OpenApiRequest{Query: map[string]*string{"RegionId": tea.String(adaptertest.Region)}}, &dara.RuntimeOptions{})
}

func zones(answer map[string]interface{}) string {
	body, _ := answer["body"].(map[string]interface{})
	name, _ := body["Zone"].(string)
	return name
}

func TestACallThroughARotationAndARevokedKey(t *testing.T) {
	cloud := adaptertest.StartAliyun(t)
	cloud.Answer("2014-05-26", "DescribeZones", emulatortest.Fields{"Zone": "cn-hangzhou-h"})
	client := newClient(t, cloud)
	ctx := adaptertest.Context(t)
	call := func(context.Context) (map[string]interface{}, error) { return describe(client, "DescribeZones") }

	answer, err := evercredaliyun.Retry(ctx, cloud.Source, call)
	if err != nil || zones(answer) != "cn-hangzhou-h" {
		t.Fatalf("the first call: %v, %v", answer, err)
	}
	// The old key is valid for a while: nothing is refused.
	cloud.Rotate()
	if _, err := evercredaliyun.Retry(ctx, cloud.Source, call); err != nil {
		t.Fatalf("after a rotation: %v", err)
	}
	if got := cloud.Rejections(); got != 0 {
		t.Errorf("%d keys were reported after a rotation with an overlap", got)
	}
	for revoked := uint64(1); revoked <= 3; revoked++ {
		cloud.Revoke()
		answer, err := evercredaliyun.Retry(ctx, cloud.Source, call)
		if err != nil || zones(answer) != "cn-hangzhou-h" {
			t.Fatalf("after revoked key %d: %v, %v", revoked, answer, err)
		}
		if got := cloud.Rejections(); got != revoked {
			t.Errorf("%d keys were reported after %d were revoked", got, revoked)
		}
	}
}

func TestErrorsAreTheSDKsAndTheSources(t *testing.T) {
	cloud := adaptertest.StartAliyun(t)
	client := newClient(t, cloud)
	ctx := adaptertest.Context(t)

	calls := 0
	_, err := evercredaliyun.Retry(ctx, cloud.Source, func(context.Context) (map[string]interface{}, error) {
		calls++
		return describe(client, "NoSuchAction")
	})
	if err == nil || !strings.Contains(evercredaliyun.Code(err), "InvalidAction") || calls != 1 {
		t.Errorf("an unknown action gives %q after %d calls: %v", evercredaliyun.Code(err), calls, err)
	}

	cloud.Source.Close()
	if _, err := describe(client, "DescribeZones"); !errors.Is(err, evercred.ErrClosed) {
		t.Errorf("a closed source gives %v", err)
	}
}

// A temporary key has a session token, which is used with its own id and secret.
func TestATemporaryKey(t *testing.T) {
	cloud := adaptertest.StartAliyun(t)
	cloud.Answer("2014-05-26", "DescribeZones", emulatortest.Fields{"Zone": "cn-hangzhou-h"})
	cloud.Control("ram-role", emulatortest.Fields{"arn": "acs:ram::1:role/app", "life_ms": 3600000})
	var options evercred.Options
	options.Set("aliyun_identity", "ram_role")
	options.Set("aliyun_role_base_identity", "static")
	options.Set("aliyun_role_arn", "acs:ram::1:role/app")
	options.Set("aliyun_sts_endpoint", cloud.HostPort)
	source, err := cloud.Client.Identity(evercred.Aliyun, options)
	if err != nil {
		t.Fatal(err)
	}
	role := &adaptertest.Aliyun{Emulator: cloud.Emulator, Client: cloud.Client, Source: source}
	client := newClient(t, role)
	ctx := adaptertest.Context(t)
	call := func(context.Context) (map[string]interface{}, error) { return describe(client, "DescribeZones") }
	if _, err := evercredaliyun.Retry(ctx, source, call); err != nil {
		t.Fatal(err)
	}
	key, err := source.Get(ctx)
	if err != nil || key.SecurityToken() == "" || key.ExpiresAt().IsZero() {
		t.Fatalf("the role's key: %v, %v", key, err)
	}
	cloud.Control("expire-access-key", emulatortest.Fields{"id": key.AccessKeyID()})
	if _, err := evercredaliyun.Retry(ctx, source, call); err != nil {
		t.Errorf("after the session was ended: %v", err)
	}
}
