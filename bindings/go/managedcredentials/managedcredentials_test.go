package managedcredentials_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	alibaba "github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/sts"
	osssdk "github.com/aliyun/aliyun-oss-go-sdk/oss"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
	"github.com/evercred/evercred/bindings/go/managedcredentials"
	ossprovider "github.com/evercred/evercred/bindings/go/managedcredentials/oss"
	sdkcoreprovider "github.com/evercred/evercred/bindings/go/managedcredentials/sdk"
	"github.com/evercred/evercred/bindings/go/managedcredentials/utils"
)

const (
	secretName = "acs/ram/user/app"
	regionID   = "cn-hangzhou"
)

// start starts a cloud, and writes the official configuration file into the working directory, as a program has it.
func start(t *testing.T) *emulatortest.Emulator {
	t.Helper()
	cloud := emulatortest.Start(t, "--access-key", "LTAI-asker:the-secret-of-the-asker", "--secret", secretName, "--region", regionID)
	folder := t.TempDir()
	before, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chdir(folder); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = managedcredentials.Shutdown()
		utils.SetConfigName("")
		_ = os.Chdir(before)
	})
	t.Setenv("EVERCRED_PROXY", "none")
	t.Setenv("EVERCRED_ALIYUN_SCHEME", "http")
	write(t, "managed_credentials_providers.properties", cloud)
	return cloud
}

func write(t *testing.T, path string, cloud *emulatortest.Emulator) {
	t.Helper()
	text := fmt.Sprintf("credentials_type=ak\ncredentials_access_key_id=LTAI-asker\ncredentials_access_secret=the-secret-of-the-asker\n"+
		`cache_client_region_id=[{"regionId":"%s","endpoint":"%s"}]`+"\n", regionID, cloud.Regions[regionID])
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// revoke gives the secret a new key and deletes the one of before at once, as an administrator does after a leak.
func revoke(cloud *emulatortest.Emulator) {
	cloud.RotateSecret(secretName, 0)
}

// The program of the official README for the SDK: get a client, call. The emulator has no ECS, so it is STS, whose
// client is generated in the same way.
func TestTheProgramOfTheREADMEForTheSDK(t *testing.T) {
	cloud := start(t)
	client, err := sdkcoreprovider.GetClientWithOptions(&sts.Client{}, regionID, alibaba.NewConfig().WithHttpTransport(&http.Transport{}), secretName)
	if err != nil {
		t.Fatal(err)
	}
	stsClient := client.(*sts.Client)
	stsClient.Domain = cloud.HostPort
	for round := 1; round <= 3; round++ {
		request := sts.CreateGetCallerIdentityRequest()
		request.Scheme = "http"
		answer, err := stsClient.GetCallerIdentity(request)
		if err != nil || answer.AccountId == "" {
			t.Fatalf("round %d: %v, %v", round, answer, err)
		}
		revoke(cloud)
	}
	if err := sdkcoreprovider.CloseSDKCoreClient(stsClient, secretName); err != nil {
		t.Error(err)
	}
	if err := sdkcoreprovider.CloseSDKCoreClient(stsClient, secretName); err == nil {
		t.Error("a client is closed twice")
	}
	sdkcoreprovider.Destroy()
	if _, err := sdkcoreprovider.GetClient("no client", regionID, secretName); err == nil {
		t.Error("a text is taken for a client")
	}
}

func TestTheGeneralClient(t *testing.T) {
	cloud := start(t)
	client, err := sdkcoreprovider.NewProxyClient(regionID, secretName)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Shutdown()
	for round := 1; round <= 2; round++ {
		request := requests.NewCommonRequest()
		request.Method, request.Scheme, request.Domain = "POST", "http", cloud.HostPort
		request.Version, request.ApiName = "2015-04-01", "GetCallerIdentity"
		if _, err := client.ProcessCommonRequest(request); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		revoke(cloud)
	}
}

// The program of the official README for OSS: a client, a list, Shutdown.
func TestTheProgramOfTheREADMEForOSS(t *testing.T) {
	cloud := start(t)
	cloud.Control("buckets", emulatortest.Fields{"name": "pictures"})
	client, err := ossprovider.New(cloud.URL, secretName)
	if err != nil {
		t.Fatal(err)
	}
	for round := 1; round <= 2; round++ {
		result, err := client.ListBuckets()
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if len(result.Buckets) != 1 || result.Buckets[0].Name != "pictures" {
			t.Errorf("the buckets are %v", result.Buckets)
		}
		revoke(cloud)
	}
	client.Shutdown()
	client.Shutdown()
}

// handler is the README's handler, with a code that the program chose.
type handler struct {
	code   string
	judged int
}

func (h *handler) JudgeAKExpire(err error) bool {
	h.judged++
	if refused, ok := err.(osssdk.ServiceError); ok {
		return refused.Code == h.code
	}
	return false
}

func TestAHandlerOfTheProgram(t *testing.T) {
	cloud := start(t)
	cloud.Control("buckets", emulatortest.Fields{"name": "pictures"})
	own := &handler{code: "InvalidAccessKeyId"}
	client, err := ossprovider.NewProxyOssClientWithHandler(cloud.URL, secretName, own)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Shutdown()
	revoke(cloud)
	if _, err := client.ListBuckets(); err != nil || own.judged != 1 {
		t.Errorf("judged %d times: %v", own.judged, err)
	}
	// Its judgement counts: this one takes no error for a lost key.
	other := &handler{code: "SomethingElse"}
	strict, err := ossprovider.NewProxyOssClientWithHandler(cloud.URL, secretName, other)
	if err != nil {
		t.Fatal(err)
	}
	defer strict.Shutdown()
	revoke(cloud)
	if _, err := strict.ListBuckets(); err == nil || other.judged != 1 {
		t.Errorf("judged %d times: %v", other.judged, err)
	}
}

func TestObjectsThroughRevokedKeys(t *testing.T) {
	cloud := start(t)
	cloud.Control("buckets", emulatortest.Fields{"name": "pictures"})
	t.Setenv("EVERCRED_FORCED_REFRESH_BURST", "100")
	client, err := ossprovider.New(cloud.URL, secretName)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Shutdown()
	bucket, err := client.Bucket("pictures")
	if err != nil {
		t.Fatal(err)
	}
	content := strings.Repeat("x", 200_000)
	file := filepath.Join(t.TempDir(), "b.png")
	read := func(key string) error {
		body, err := bucket.GetObject(key)
		if err != nil {
			return err
		}
		defer body.Close()
		stored, err := io.ReadAll(body)
		if err == nil && string(stored) != content {
			err = fmt.Errorf("%d of %d bytes are stored", len(stored), len(content))
		}
		return err
	}
	// HEAD requests (IsObjectExist) are left out: the answer has no body, and the emulator does not send the header
	// x-oss-err, in which the service tells the code.
	for _, step := range []struct {
		name string
		call func() error
	}{
		{"PutObject", func() error { return bucket.PutObject("a.png", strings.NewReader(content)) }},
		{"GetObject", func() error { return read("a.png") }},
		{"GetObjectToFile", func() error { return bucket.GetObjectToFile("a.png", file) }},
		{"PutObjectFromFile", func() error { return bucket.PutObjectFromFile("b.png", file) }},
		{"GetObject again", func() error { return read("b.png") }},
		{"ListObjectsV2", func() error {
			list, err := bucket.ListObjectsV2()
			if err == nil && len(list.Objects) != 2 {
				err = fmt.Errorf("%d objects", len(list.Objects))
			}
			return err
		}},
		{"DeleteObject", func() error { return bucket.DeleteObject("b.png") }},
	} {
		revoke(cloud)
		if err := step.call(); err != nil {
			t.Errorf("%s after a revoked key: %v", step.name, err)
		}
	}

	// What cannot go back is not stored by half.
	revoke(cloud)
	stream := struct{ io.Reader }{bytes.NewBufferString(strings.Repeat("y", 200_000))}
	if err := bucket.PutObject("a.png", stream); err == nil {
		t.Error("a body that was used up is sent again")
	}
	if err := read("a.png"); err != nil {
		t.Error(err)
	}
}

func TestTheCommonFunctions(t *testing.T) {
	cloud := start(t)
	key, err := managedcredentials.GetAccessKey(secretName)
	if err != nil || key.AccessKeyId != cloud.SecretAccessKeyID(secretName) || key.AccessKeySecret == "" {
		t.Fatal("not the secret's key", err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		emulatortest.NoSecret(t, fmt.Sprintf(verb+verb, key, *key), key.AccessKeySecret)
	}
	next := cloud.RotateSecret(secretName, 0)
	if err := managedcredentials.RefreshSecretInfo(secretName); err != nil {
		t.Fatal(err)
	}
	if id, err := managedcredentials.GetAccessKeyId(secretName); err != nil || id != next {
		t.Errorf("%s in place of %s, %v", id, next, err)
	}
	if secret, err := managedcredentials.GetAccessKeySecret(secretName); err != nil || secret == key.AccessKeySecret {
		t.Errorf("the old secret, %v", err)
	}
	if _, err := managedcredentials.GetAccessKey("not/there"); !errors.Is(err, evercred.ErrRefused) {
		t.Errorf("an unknown secret gives %v", err)
	}
}

// A client of before a Shutdown does not end the secret of a later one.
func TestALateShutdownOfAClient(t *testing.T) {
	cloud := start(t)
	cloud.Control("buckets", emulatortest.Fields{"name": "pictures"})
	first, err := ossprovider.New(cloud.URL, secretName)
	if err != nil {
		t.Fatal(err)
	}
	ossprovider.Destroy()
	second, err := ossprovider.New(cloud.URL, secretName)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Shutdown()
	first.Shutdown()
	if _, err := second.ListBuckets(); err != nil {
		t.Error(err)
	}
}

// GetAccessKey keeps a secret open that a client had opened before.
func TestAClientAndTheCommonFunctionsShareASecret(t *testing.T) {
	cloud := start(t)
	t.Setenv("EVERCRED_POLL_INTERVAL_MS", "600000")
	client, err := ossprovider.New(cloud.URL, secretName)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := managedcredentials.GetAccessKey(secretName); err != nil {
			t.Fatal(err)
		}
	}
	client.Shutdown()
	if _, err := managedcredentials.GetAccessKey(secretName); err != nil {
		t.Fatal(err)
	}
	if asked := cloud.Requests("GetSecretValue"); asked != 1 {
		t.Errorf("the secret was fetched %d times", asked)
	}
}

// Who waits for an unknown secret beside others gets the cloud's error as they do.
func TestManyAskForAnUnknownSecret(t *testing.T) {
	cloud := start(t)
	cloud.Fault(emulatortest.Fields{"kind": "delay", "ms": 200, "action": "GetSecretValue"})
	errs := make(chan error)
	const callers = 16
	for caller := 0; caller < callers; caller++ {
		go func() {
			if caller%2 == 0 {
				_, err := managedcredentials.GetAccessKey("not/there")
				errs <- err
				return
			}
			_, err := ossprovider.New(cloud.URL, "not/there")
			errs <- err
		}()
	}
	for caller := 0; caller < callers; caller++ {
		if err := <-errs; !errors.Is(err, evercred.ErrRefused) {
			t.Error(err)
		}
	}
}

func TestTheConfigurationFile(t *testing.T) {
	cloud := start(t)
	// A file that was named must be there; after the error, Init may be repeated.
	utils.SetConfigName("custom-config.properties")
	if err := managedcredentials.Init(); !errors.Is(err, evercred.ErrFile) || !strings.Contains(err.Error(), "custom-config.properties") {
		t.Errorf("a missing file gives %v", err)
	}
	write(t, "custom-config.properties", cloud)
	if err := os.Remove("managed_credentials_providers.properties"); err != nil {
		t.Fatal(err)
	}
	if err := managedcredentials.Init(); err != nil {
		t.Fatal(err)
	}
	if _, err := managedcredentials.GetAccessKey(secretName); err != nil {
		t.Error(err)
	}
	if err := managedcredentials.Shutdown(); err != nil {
		t.Error(err)
	}
	if err := managedcredentials.Shutdown(); err == nil {
		t.Error("a second Shutdown succeeds")
	}
}
