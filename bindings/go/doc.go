// Package evercred keeps cloud credentials fresh: passwords of database accounts of Tencent Cloud, managed secrets of
// Alibaba Cloud's KMS, and the login identities of both clouds.
//
// A [Client] holds the configuration. It opens a [Source] for each thing, and [Source.Get] returns the current
// [Credential]:
//
//	client, err := evercred.New(evercred.Options{})
//	source, err := client.Database("ap-guangzhou", "cdb-example1", "app_user")
//	credential, err := source.Get(ctx)
//	// log in with credential.Username() and credential.Password()
//
// Get is made to be called for every login and every request. While the credential is fresh, it is one comparison in
// memory: no lock, no call into C, no allocation. [Retry] repeats a call whose credential was rejected with the next
// one.
//
// No method of a source waits in C while it waits for the cloud, except [Source.Refresh], so any number of goroutines
// may wait without costing a thread each.
//
// Credentials, errors, events and reports show no secret when they are printed. Go cannot wipe strings, so a password
// that was read stays in memory until the collector reuses its place.
package evercred
