// Package service has the interface of the official plug-in's package service that programs implement.
package service

// AKExpireHandler decides which errors of a call mean that the access key is not valid any more.
type AKExpireHandler interface {
	// JudgeAKExpire reports whether the error, as the SDK returned it, is about the access key.
	JudgeAKExpire(err error) bool
}
