// Package utils has the function of the official plug-in's package utils that programs call.
package utils

import "sync/atomic"

var configName atomic.Value

// SetConfigName names the configuration file, instead of managed_credentials_providers.properties in the working
// directory. Call it before the first client is made.
func SetConfigName(name string) {
	configName.Store(name)
}

// GetConfigName returns the name that was set, or "".
func GetConfigName() string {
	name, _ := configName.Load().(string)
	return name
}
