package oss

import (
	"reflect"
	"runtime"
	"strings"
	"testing"

	osssdk "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// Each method of the SDK that can fail is repeated here, or stands in a list with a reason.
func TestNoMethodOfTheSDKIsForgotten(t *testing.T) {
	failure := reflect.TypeOf((*error)(nil)).Elem()
	notRepeated := func(name string) bool {
		switch {
		case strings.Contains(name, "WithURL"), strings.HasPrefix(name, "Sign"):
			return true // the key is in the URL; signing sends nothing
		case strings.HasPrefix(name, "Limit"):
			return true // sends nothing
		}
		return name == "DoPostSelectObject" // uses up its buffer
	}
	for _, pair := range []struct{ own, sdk reflect.Type }{
		{reflect.TypeOf(ProxyOssClient{}), reflect.TypeOf(osssdk.Client{})},
		{reflect.TypeOf(ProxyBucket{}), reflect.TypeOf(osssdk.Bucket{})},
	} {
		checked := 0
		for index := 0; index < pair.sdk.NumMethod(); index++ {
			method := pair.sdk.Method(index)
			results := method.Type.NumOut()
			if results == 0 || method.Type.Out(results-1) != failure || notRepeated(method.Name) {
				continue
			}
			checked++
			own, ok := pair.own.MethodByName(method.Name)
			if !ok {
				t.Errorf("%v has no %s", pair.own, method.Name)
				continue
			}
			// A method that is only promoted has no line of its own.
			file, _ := runtime.FuncForPC(own.Func.Pointer()).FileLine(own.Func.Pointer())
			if !strings.Contains(file, "managedcredentials") {
				t.Errorf("%v.%s is only the SDK's (%s)", pair.own, method.Name, file)
			}
		}
		t.Logf("%v: %d methods", pair.own, checked)
		if checked < 30 {
			t.Errorf("only %d methods of %v were looked at", checked, pair.sdk)
		}
	}
}
