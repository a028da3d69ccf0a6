// Package evercredacs3 signs requests to Alibaba Cloud's OpenAPI (ACS3-HMAC-SHA256) with the keys of an evercred source.
//
// [Transport] is an [http.RoundTripper], so any HTTP client can call the cloud without an SDK:
//
//	client := &http.Client{Transport: &evercredacs3.Transport{Source: source}}
//	request, err := http.NewRequestWithContext(ctx, "POST", "https://ecs.cn-hangzhou.aliyuncs.com/?RegionId=cn-hangzhou", nil)
//	request.Header.Set("x-acs-action", "DescribeZones")
//	request.Header.Set("x-acs-version", "2014-05-26")
//	answer, err := client.Do(request)
//
// The signature is written in Go, with the standard library alone: the C library has no function that signs a request
// of the caller's yet.
package evercredacs3

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"

	evercred "github.com/evercred/evercred/bindings/go"
)

// Transport signs each request with the key that is valid then. A key that the cloud refuses is reported, and the
// request is sent once more with the next one, which is awaited within the request's context. Any other answer, an
// error's too, is returned as it came.
//
// A body is read into memory, for its hash and to be sent again. The request itself is not changed. Every header that
// is set on it, and whose name begins with x-acs-, is signed; set x-acs-action and x-acs-version. A redirect to another
// host is followed without a signature, so that it learns neither the key's id nor its token.
type Transport struct {
	// Source supplies the keys: a managed secret, or a login identity of the cloud "aliyun".
	Source *evercred.Source
	// Base sends the signed requests. Nil means [http.DefaultTransport].
	Base http.RoundTripper
}

// refusal is an answer of the cloud that is about the key.
type refusal struct {
	code   string
	answer *http.Response
}

func (r *refusal) Error() string { return "the cloud answers " + r.code }

// The longest answer of an error that is looked into.
const longestError = 64 << 10

// RoundTrip signs and sends the request. Its errors are those of the source ([evercred.Error]) and of Base.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	// A transport closes the body, whatever happens.
	body, err := read(request.Body)
	if err != nil {
		return nil, err
	}
	if t.Source == nil {
		return nil, errors.New("evercredacs3: Transport.Source is nil; use Client.Managed or Client.Identity")
	}
	if isForeign(request) {
		return t.base().RoundTrip(unsigned(request, body))
	}
	code := func(err error) string {
		var refused *refusal
		if errors.As(err, &refused) {
			return refused.code
		}
		return ""
	}
	answer, err := evercred.Retry(request.Context(), t.Source, code, func(ctx context.Context, credential evercred.Credential) (*http.Response, error) {
		return t.send(request.Clone(ctx), body, credential)
	})
	// A refusal is no error of a transport: the caller gets the cloud's answer.
	var refused *refusal
	if errors.As(err, &refused) {
		return refused.answer, nil
	}
	return answer, err
}

// isForeign says whether a redirect has led the request away from the host that the program named.
func isForeign(request *http.Request) bool {
	first := request
	for first.Response != nil {
		if first = first.Response.Request; first == nil {
			return true
		}
	}
	return !strings.EqualFold(first.URL.Host, request.URL.Host) ||
		first.URL.Scheme == "https" && request.URL.Scheme != "https"
}

// unsigned is a copy without what an earlier signature may have left.
func unsigned(request *http.Request, body []byte) *http.Request {
	request = request.Clone(request.Context())
	for _, name := range []string{"Authorization", "x-acs-security-token"} {
		request.Header.Del(name)
	}
	setBody(request, body)
	return request
}

func setBody(request *http.Request, body []byte) {
	request.Body, request.ContentLength = http.NoBody, int64(len(body))
	if len(body) > 0 {
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
}

func (t *Transport) base() http.RoundTripper {
	if t.Base == nil {
		return http.DefaultTransport
	}
	return t.Base
}

// send sends one signed copy. An answer whose code is about the key is a refusal.
func (t *Transport) send(request *http.Request, body []byte, credential evercred.Credential) (*http.Response, error) {
	sign(request, body, credential.AccessKeyID(), credential.AccessKeySecret(), credential.SecurityToken(), time.Now())
	setBody(request, body)
	answer, err := t.base().RoundTrip(request)
	if err != nil || answer.StatusCode < 400 {
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

func read(body io.ReadCloser) ([]byte, error) {
	if body == nil || body == http.NoBody {
		return nil, nil
	}
	defer body.Close()
	return io.ReadAll(body)
}

// sign sets the headers of the signature; request is a copy that nobody else has.
func sign(request *http.Request, body []byte, id, secret, token string, now time.Time) {
	nonce := make([]byte, 16)
	// It does not fail on the systems that Go supports.
	_, _ = rand.Read(nonce)
	hash := sha256.Sum256(body)
	header := request.Header
	header.Set("x-acs-date", now.UTC().Format("2006-01-02T15:04:05Z"))
	header.Set("x-acs-signature-nonce", hex.EncodeToString(nonce))
	header.Set("x-acs-content-sha256", hex.EncodeToString(hash[:]))
	header.Del("x-acs-security-token")
	if token != "" {
		header.Set("x-acs-security-token", token)
	}

	host := request.Host
	if host == "" {
		host = request.URL.Host
	}
	signed := map[string]string{"host": host}
	for name, values := range header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-acs-") || name == "content-type" {
			values = append([]string(nil), values...)
			for index := range values {
				values[index] = strings.TrimSpace(values[index])
			}
			sort.Strings(values)
			signed[name] = strings.Join(values, ",")
		}
	}
	names := make([]string, 0, len(signed))
	for name := range signed {
		names = append(names, name)
	}
	sort.Strings(names)

	path := request.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	canonical := request.Method + "\n" + path + "\n" + canonicalQuery(request.URL) + "\n"
	for _, name := range names {
		canonical += name + ":" + signed[name] + "\n"
	}
	list := strings.Join(names, ";")
	canonical += "\n" + list + "\n" + header.Get("x-acs-content-sha256")
	digest := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("ACS3-HMAC-SHA256\n" + hex.EncodeToString(digest[:])))
	header.Set("Authorization", "ACS3-HMAC-SHA256 Credential="+id+",SignedHeaders="+list+",Signature="+hex.EncodeToString(mac.Sum(nil)))
}

// canonicalQuery is the query sorted by name and value, with %20 for a space.
func canonicalQuery(address *url.URL) string {
	query := address.Query()
	for _, values := range query {
		sort.Strings(values)
	}
	return strings.ReplaceAll(query.Encode(), "+", "%20")
}
