package dbauth_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/dbauth"
	"github.com/evercred/evercred/bindings/go/dbauth/model"
	"github.com/evercred/evercred/bindings/go/internal/databasetest"
	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

const (
	region, instance, user = "ap-guangzhou", "cdb-example1", "app_user"
	secretID, secretKey    = "AKID-asker", "the-key-of-the-asker"
)

func start(t *testing.T, arguments ...string) *emulatortest.Emulator {
	t.Helper()
	t.Cleanup(dbauth.Shutdown)
	t.Setenv("EVERCRED_PROXY", "none")
	return emulatortest.Start(t, append([]string{
		"--key", secretID + ":" + secretKey,
		"--account", region + "/" + instance + "/" + user,
	}, arguments...)...)
}

func settings(cloud *emulatortest.Emulator) *profile.ClientProfile {
	own := profile.NewClientProfile()
	own.HttpProfile.Endpoint = cloud.HostPort
	own.HttpProfile.Scheme = "HTTP"
	return own
}

func newRequest(t *testing.T, cloud *emulatortest.Emulator, key string) *model.GenerateAuthenticationTokenRequest {
	t.Helper()
	request, err := model.NewGenerateAuthenticationTokenRequest(region, instance, user, common.NewCredential(secretID, key), settings(cloud))
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// The steps of the official README's program, with nothing changed but the imports: ask for a token, put it into the
// address of the database, open, ping, and try again if that fails.
func connect(id, key string, cloud *emulatortest.Emulator, host string, port int) (*sql.DB, error) {
	credential := common.NewCredential(id, key)
	var last error
	for attempt := 1; attempt <= 3; attempt++ {
		request, err := model.NewGenerateAuthenticationTokenRequest(region, instance, user, credential, settings(cloud))
		if err != nil {
			return nil, err
		}
		token, err := dbauth.GenerateAuthenticationToken(request)
		if err != nil {
			return nil, err
		}
		db, err := sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(%s:%d)/", user, token, host, port))
		if err != nil {
			last = err
			time.Sleep(5 * time.Second)
			continue
		}
		if err := db.Ping(); err != nil {
			db.Close()
			last = err
			time.Sleep(5 * time.Second)
			continue
		}
		return db, nil
	}
	return nil, last
}

func TestTheProgramOfTheREADMEThroughAnEarlyRotation(t *testing.T) {
	server := databasetest.MariaDB(t)
	cloud := start(t, "--mysql", "mysql://root@localhost?socket="+server.Socket)
	// The program writes the token into an address, where some signs would need an escape, as with the official SDK.
	plain := func(password string) {
		cloud.Control("rotate", emulatortest.Fields{"region": region, "instance": instance, "user": user, "password": password})
	}
	plain("PlainPassword1")
	host, portText, _ := strings.Cut(server.Address(), ":")
	port, err := strconv.Atoi(portText)
	if err != nil {
		t.Fatal(err)
	}
	for round := 1; round <= 2; round++ {
		db, err := connect(secretID, secretKey, cloud, host, port)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		rows, err := db.Query("SELECT 'Success!'")
		if err != nil {
			t.Fatal(err)
		}
		var result string
		for rows.Next() {
			if err := rows.Scan(&result); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close(), db.Close()); err != nil || result != "Success!" {
			t.Fatalf("round %d: %q, %v", round, result, err)
		}
		// Nobody tells the program, nor the library, of this one.
		plain("PlainPassword2")
	}
}

func TestOneRequestForManyCallers(t *testing.T) {
	cloud := start(t)
	t.Setenv("EVERCRED_POLL_INTERVAL_MS", "600000")
	var group sync.WaitGroup
	for caller := 0; caller < 64; caller++ {
		// Each caller makes a request of its own, as programs do.
		request := newRequest(t, cloud, secretKey)
		group.Add(1)
		go func() {
			defer group.Done()
			token, err := dbauth.GenerateAuthenticationToken(request)
			if err != nil || token == "" {
				t.Error(err)
			}
		}()
	}
	group.Wait()
	if asked := cloud.Requests("BuildDataFlowAuthToken"); asked != 1 {
		t.Errorf("%d requests for one password", asked)
	}
	token, err := dbauth.GenerateAuthenticationToken(newRequest(t, cloud, secretKey))
	if err != nil || token != cloud.Password(region, instance, user) {
		t.Errorf("another password than the account's, %v", err)
	}
}

// A new key takes the place of the one before; what was there for the old one ends, also the background work.
func TestANewKeyReplacesTheOneBefore(t *testing.T) {
	cloud := start(t)
	began := handles(t)
	var most int
	for round := 0; round < 20; round++ {
		id := fmt.Sprintf("AKID-%d", round)
		cloud.AddKey(id, secretKey)
		var group sync.WaitGroup
		for caller := 0; caller < 8; caller++ {
			request, err := model.NewGenerateAuthenticationTokenRequest(region, instance, user, common.NewCredential(id, secretKey), settings(cloud))
			if err != nil {
				t.Fatal(err)
			}
			group.Add(1)
			go func() {
				defer group.Done()
				token, err := dbauth.GenerateAuthenticationToken(request)
				if err != nil || token != cloud.Password(region, instance, user) {
					t.Error(err)
				}
			}()
		}
		group.Wait()
		if round == 0 {
			most = handles(t) - began
		}
	}
	emulatortest.Eventually(t, "what is open for old keys ends", func() bool { return handles(t)-began <= most+10 })
}

// handles is how many file descriptors are open: each client that works has some.
func handles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this test needs /proc/self/fd: ", err)
	}
	return len(files)
}

// As the official SDK does, it finds an early rotation within seconds without being told.
func TestAnEarlyRotationIsFound(t *testing.T) {
	cloud := start(t)
	request := newRequest(t, cloud, secretKey)
	if _, err := dbauth.GenerateAuthenticationToken(request); err != nil {
		t.Fatal(err)
	}
	password := cloud.Rotate(region, instance, user)
	emulatortest.Eventually(t, "the new password", func() bool {
		token, err := dbauth.GenerateAuthenticationToken(request)
		return err == nil && token == password
	})
}

func TestErrorsAreTheOfficialSDKs(t *testing.T) {
	cloud := start(t)
	credential := common.NewCredential(secretID, secretKey)
	for code, make := range map[string]func() (*model.GenerateAuthenticationTokenRequest, error){
		"InvalidParameter.ResourceRegionError": func() (*model.GenerateAuthenticationTokenRequest, error) {
			return model.NewGenerateAuthenticationTokenRequest("", instance, user, credential, nil)
		},
		"InvalidParameter.ResourceError": func() (*model.GenerateAuthenticationTokenRequest, error) {
			return model.NewGenerateAuthenticationTokenRequest(region, "", user, credential, nil)
		},
		"InvalidParameter.UserNameIllegal": func() (*model.GenerateAuthenticationTokenRequest, error) {
			return model.NewGenerateAuthenticationTokenRequest(region, instance, "", credential, nil)
		},
		"ResourceNotFound.SecretNotExist": func() (*model.GenerateAuthenticationTokenRequest, error) {
			return model.NewGenerateAuthenticationTokenRequest(region, instance, user, nil, nil)
		},
	} {
		var refused *sdkerrors.TencentCloudSDKError
		if _, err := make(); !errors.As(err, &refused) || refused.Code != code {
			t.Errorf("%v in place of %s", err, code)
		}
	}
	var refused *sdkerrors.TencentCloudSDKError
	if _, err := dbauth.GenerateAuthenticationToken(nil); !errors.As(err, &refused) || refused.Code != "InvalidParameter.ParamError" {
		t.Errorf("no request gives %v", err)
	}

	// The cloud's own code and request id, and the library's error below.
	_, err := dbauth.GenerateAuthenticationToken(newRequest(t, cloud, "a-wrong-key"))
	var reason *evercred.Error
	if !errors.As(err, &refused) || refused.Code != "AuthFailure.SignatureFailure" || refused.RequestId == "" || !errors.As(err, &reason) {
		t.Errorf("a wrong key gives %v", err)
	}
	emulatortest.NoSecret(t, err.Error(), "a-wrong-key")

	gone := settings(cloud)
	gone.HttpProfile.Endpoint = "127.0.0.1:1"
	request, err := model.NewGenerateAuthenticationTokenRequest(region, instance, user, credential, gone)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dbauth.GenerateAuthenticationToken(request); !errors.As(err, &refused) || refused.Code != "ClientError.NetworkError" || !errors.Is(err, evercred.ErrNetwork) {
		t.Errorf("a cloud that cannot be reached gives %v", err)
	}
}

func TestMain(m *testing.M) {
	// Nothing of the developer's own settings.
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "EVERCRED_") && name != "EVERCRED_EMULATOR" && name != "EVERCRED_LIB_DIR" {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}
