// Command bench measures the Go module and prints one line a figure, `name: value`. All ratios are of one run. Its parts
// take turns, and the median of the rounds counts, so that a busy moment of the machine hits all of them.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

const (
	region   = "ap-guangzhou"
	instance = "cdb-1"
	user     = "app"
	cold     = "cold"
	rounds   = 15
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	cloud, err := emulatortest.Run("--key", "AKIDbench:bench-key", "--account", region+"/"+instance+"/"+user,
		"--account", region+"/"+instance+"/"+cold)
	if err != nil {
		return err
	}
	defer cloud.Stop()
	client, err := evercred.New(evercred.Options{
		TencentEndpoint:  cloud.HostPort,
		TencentScheme:    evercred.TencentSchemeHTTP,
		TencentSecretID:  "AKIDbench",
		TencentSecretKey: evercred.NewSecret("bench-key"),
		Proxy:            evercred.NewSecret("none"),
	})
	if err != nil {
		return err
	}
	defer client.Close()

	threads, err := coldThreads(client, cloud)
	if err != nil {
		return err
	}
	source, err := client.Database(region, instance, user)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if _, err := source.Get(ctx); err != nil {
		return err
	}
	peer, err := newPeer()
	if err != nil {
		return err
	}
	var get, call, theirs []float64
	for range rounds {
		get = append(get, nanoseconds(5_000_000, func(n int) {
			for range n {
				if credential, err := source.Get(ctx); err != nil || credential.IsZero() {
					log.Fatal("get: ", err)
				}
			}
		}))
		call = append(call, nanoseconds(500_000, callC))
		theirs = append(theirs, nanoseconds(20_000, func(n int) {
			for range n {
				if _, err := peer.GetSecretInfo(secretName); err != nil {
					log.Fatal("peer: ", err)
				}
			}
		}))
	}
	fmt.Printf("go_get_ns: %.2f\n", median(get))
	fmt.Printf("go_cgo_call_ns: %.1f\n", median(call))
	fmt.Printf("go_get_over_cgo_call: %.3f\n", median(get)/median(call))
	fmt.Printf("go_peer_get_ns: %.0f\n", median(theirs))
	fmt.Printf("go_get_over_peer: %.4f\n", median(get)/median(theirs))
	fmt.Printf("go_cold_10000_threads: %d\n", threads)
	return nil
}

// coldThreads is how many threads the process gets for 10,000 goroutines that wait for a cold source.
func coldThreads(client *evercred.Client, cloud *emulatortest.Emulator) (int, error) {
	cloud.Fault(emulatortest.Fields{"kind": "delay", "ms": 1000, "action": "BuildDataFlowAuthToken"})
	defer cloud.ClearFaults()
	source, err := client.Database(region, instance, cold)
	if err != nil {
		return 0, err
	}
	before, err := countThreads()
	if err != nil {
		return 0, err
	}
	most := before
	const callers = 10_000
	errs := make(chan error, callers)
	var group sync.WaitGroup
	for range callers {
		group.Add(1)
		go func() {
			defer group.Done()
			_, err := source.Get(context.Background())
			errs <- err
		}()
	}
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	for {
		select {
		case <-done:
			for range callers {
				if err := <-errs; err != nil {
					return 0, err
				}
			}
			return most - before, nil
		case <-time.After(20 * time.Millisecond):
			now, err := countThreads()
			if err != nil {
				return 0, err
			}
			most = max(most, now)
		}
	}
}

func countThreads() (int, error) {
	tasks, err := filepath.Glob("/proc/self/task/*")
	if err != nil || len(tasks) == 0 {
		return 0, fmt.Errorf("the threads cannot be counted: %v", os.ErrNotExist)
	}
	return len(tasks), nil
}

func nanoseconds(n int, run func(n int)) float64 {
	began := time.Now()
	run(n)
	return float64(time.Since(began).Nanoseconds()) / float64(n)
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
