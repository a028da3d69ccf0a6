//go:build cgo

package evercred

import (
	"testing"
)

func TestGet(t *testing.T) {
	cloud := startCloud(t)
	source := newDatabase(t, newClient(t, options(cloud)))
	first, err := source.Get(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if want := cloud.Password(testRegion, testInstance, testUser); first.Password() != want || first.Username() != testUser {
		t.Fatal("not the password of the account")
	}
	again, err := source.Get(within(t))
	if err != nil || again != first {
		t.Fatalf("another credential without a change: %v, %v", again, err)
	}
	if count := cloud.Requests("BuildDataFlowAuthToken"); count != 1 {
		t.Fatalf("%d requests", count)
	}
	cloud.Rotate(testRegion, testInstance, testUser)
	if err := source.ReportRejected(first); err != nil {
		t.Fatal(err)
	}
	next, err := source.GetNewer(within(t), first)
	if err != nil {
		t.Fatal(err)
	}
	if next.Password() != cloud.Password(testRegion, testInstance, testUser) {
		t.Fatal("not the new password")
	}
	t.Log(first, next)
}
