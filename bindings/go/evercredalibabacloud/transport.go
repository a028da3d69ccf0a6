package evercredalibabacloud

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	evercred "github.com/evercred/evercred/bindings/go"
)

// Transport sends the requests that the SDK has signed, reports a key that the cloud refuses, and signs an RPC request
// anew with the next key, which it awaits within the request's context. Any other answer, an error's too, is returned
// as it came, and so is the refusal of a request whose body cannot be sent again.
type Transport struct {
	// Source supplies the keys, as it does to the client's provider.
	Source *evercred.Source
	// Base sends the requests. Nil means [http.DefaultTransport].
	Base http.RoundTripper
}

// refusal is an answer of the cloud that is about the key.
type refusal struct {
	code   string
	answer *http.Response
}

func (r *refusal) Error() string { return "the cloud answers " + r.code }

// The signature of RPC requests, which alone are signed anew.
const method = "HMAC-SHA1"

// The longest answer of an error that is looked into.
const longestError = 64 << 10

// RoundTrip sends the request. Its errors are those of the source ([evercred.Error]) and of Base.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if t.Source == nil {
		return nil, errors.New("evercredalibabacloud: Transport.Source is nil; use Client.Managed or Client.Identity")
	}
	code := func(err error) string {
		var refused *refusal
		if errors.As(err, &refused) {
			return refused.code
		}
		return ""
	}
	// The cloud's answer about the key that the SDK signed with.
	var first *refusal
	answer, err := evercred.Retry(request.Context(), t.Source, code, func(ctx context.Context, credential evercred.Credential) (*http.Response, error) {
		query := request.URL.Query()
		if query.Get("SignatureMethod") != method || query.Get("AccessKeyId") == credential.AccessKeyID() {
			answer, err := t.send(request)
			errors.As(err, &first)
			return answer, err
		}
		// There is a newer key than the one of the signature, from before or after a refusal. So the key that is
		// reported is always the one that was used.
		again, err := resign(request.Clone(ctx), credential, time.Now())
		if err == nil {
			return t.send(again)
		}
		// It cannot be signed anew. What the cloud says to the SDK's signature is the answer, and no reason to report
		// this key.
		if first == nil {
			answer, err := t.send(request)
			if !errors.As(err, &first) {
				return answer, err
			}
		}
		return first.answer, nil
	})
	// A refusal is no error of a transport: the SDK gets the cloud's answer.
	var refused *refusal
	if errors.As(err, &refused) {
		return refused.answer, nil
	}
	return answer, err
}

// send sends one request. An answer about the key is a refusal if the request can be signed anew.
func (t *Transport) send(request *http.Request) (*http.Response, error) {
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	answer, err := base.RoundTrip(request)
	if err != nil || answer.StatusCode < 400 || request.URL.Query().Get("SignatureMethod") != method {
		return answer, err
	}
	start, err := io.ReadAll(io.LimitReader(answer.Body, longestError))
	rest := answer.Body
	if err != nil {
		rest.Close()
		return nil, err
	}
	var told struct{ Code string }
	if json.Unmarshal(start, &told) == nil && t.Source.IsRejectionCode(told.Code) {
		// The whole answer is in memory: the connection is free for the next request.
		rest.Close()
		answer.Body = io.NopCloser(bytes.NewReader(start))
		return nil, &refusal{code: told.Code, answer: answer}
	}
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(start), rest), rest}
	return answer, nil
}

// resign signs a copy of an RPC request with another key. Parameters are in the query, and in the body if it is a form.
func resign(request *http.Request, credential evercred.Credential, now time.Time) (*http.Request, error) {
	query := request.URL.Query()
	nonce := make([]byte, 16)
	// It does not fail on the systems that Go supports.
	_, _ = rand.Read(nonce)
	query.Set("AccessKeyId", credential.AccessKeyID())
	query.Set("SignatureNonce", hex.EncodeToString(nonce))
	query.Set("Timestamp", now.UTC().Format("2006-01-02T15:04:05Z"))
	query.Del("SecurityToken")
	if token := credential.SecurityToken(); token != "" {
		query.Set("SecurityToken", token)
	}
	query.Del("Signature")

	signed := url.Values{}
	for name, values := range query {
		signed[name] = values
	}
	if request.Body != nil && request.Body != http.NoBody {
		if request.GetBody == nil {
			return nil, errors.New("evercredalibabacloud: the body of the request cannot be sent again")
		}
		body, err := request.GetBody()
		if err != nil {
			return nil, err
		}
		request.Body = body
		content, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		request.Body = io.NopCloser(bytes.NewReader(content))
		form, err := url.ParseQuery(string(content))
		if err != nil {
			return nil, err
		}
		for name, values := range form {
			signed[name] = values
		}
	}
	mac := hmac.New(sha1.New, []byte(credential.AccessKeySecret()+"&"))
	mac.Write([]byte(request.Method + "&%2F&" + escape(escaped(signed))))
	query.Set("Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	request.URL.RawQuery = query.Encode()
	return request, nil
}

// escaped is the sorted query in the form that is signed: %20 for a space, ~ as it is.
func escaped(values url.Values) string {
	return strings.ReplaceAll(strings.ReplaceAll(values.Encode(), "+", "%20"), "*", "%2A")
}

func escape(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
