package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

// service is the state that the health paths and the metrics report.
type service struct {
	name     string
	role     role
	guest    bool
	ready    atomic.Bool
	held     atomic.Bool
	draining atomic.Bool
	enough   atomic.Bool
	requests atomic.Int64
}

// serve checks what the service needs, waits its start time, serves, and drains after a signal.
//
// Settings, all from the environment: SERVICE_NAME; PORT, or LISTENING for what does not speak HTTP at one port (see role);
// START_SECONDS until ready (default 3); DRAIN_SECONDS that it keeps serving after SIGTERM (default 2); HOLD (any value): stays
// unready until POST /release; PROCESS_NAME, by which pgrep finds it. A guest, a program of another platform, checks CALLS instead
// and has no paths but those of its role.
func serve(stop <-chan os.Signal, guest bool) error {
	name := os.Getenv("SERVICE_NAME")
	role, err := roleOf(name)
	if err != nil {
		return err
	}
	s, check := &service{name: name, role: role, guest: guest}, checkNeeds
	if guest {
		check = checkCalls
	}
	s.held.Store(os.Getenv("HOLD") != "")
	if process := os.Getenv("PROCESS_NAME"); process != "" {
		if err := os.WriteFile("/proc/self/comm", []byte(process), 0); err != nil {
			return err
		}
	}
	log.Printf("%s: begins", s.name)
	if err := check(os.Environ()); err != nil {
		return fmt.Errorf("%s cannot start: %w", s.name, err)
	}
	if role.Ends {
		log.Printf("%s: everything it needs answers; ends", s.name)
		return nil
	}
	listening := &listeners{service: s, failed: make(chan error, len(role.Ports))}
	if err := listening.open(false); err != nil {
		return err
	}
	log.Printf("%s: everything it needs answers; listening on %v", s.name, role.Ports)

	select {
	case <-time.After(seconds("START_SECONDS", 3)):
		s.ready.Store(true)
		log.Printf("%s: ready", s.name)
	case err := <-listening.failed:
		return err
	case <-stop:
		return listening.close(context.Background())
	}
	if err := listening.open(true); err != nil {
		return err
	}
	select {
	case err := <-listening.failed:
		return err
	case <-stop:
	}
	// New requests still come while endpoints lag behind: serve them, and say on each answer that it is the last.
	s.draining.Store(true)
	listening.drain()
	log.Printf("%s: draining", s.name)
	time.Sleep(seconds("DRAIN_SECONDS", 2))
	patience, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	err = listening.close(patience)
	log.Printf("%s: stopped after %d requests", s.name, s.requests.Load())
	return err
}

func seconds(variable string, otherwise float64) time.Duration {
	value, err := strconv.ParseFloat(os.Getenv(variable), 64)
	if err != nil {
		value = otherwise
	}
	return time.Duration(value * float64(time.Second))
}

func (s *service) isReady() bool {
	return s.ready.Load() && !s.held.Load()
}

func (s *service) routes() http.Handler {
	routes := http.NewServeMux()
	alive := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, `{"status":"ok"}`) }
	routes.HandleFunc("GET /health", alive)
	routes.HandleFunc("GET /health/live", alive)
	ready := func(w http.ResponseWriter, r *http.Request) {
		if !s.isReady() {
			http.Error(w, `{"status":"starting"}`, http.StatusServiceUnavailable)
			return
		}
		alive(w, r)
	}
	routes.HandleFunc("GET /health/ready", ready)
	routes.HandleFunc("POST /release", func(w http.ResponseWriter, r *http.Request) { s.held.Store(false); alive(w, r) })
	routes.HandleFunc("GET /metrics", s.metrics)
	routes.HandleFunc("GET /load", load)
	routes.HandleFunc("GET /connect", connectHandler)
	routes.HandleFunc("POST /requests", s.sendRequests)
	routes.HandleFunc("POST /enough", func(w http.ResponseWriter, r *http.Request) { s.enough.Store(true); alive(w, r) })
	routes.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		host, _ := os.Hostname()
		fmt.Fprintf(w, "{\"service\":%q,\"pod\":%q,\"draining\":%t}\n", s.name, host, s.draining.Load())
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		switch path := r.URL.Path; {
		case path == s.role.Ready:
			ready(w, r)
		case path == s.role.Live:
			alive(w, r)
		case s.guest:
			http.NotFound(w, r)
		default:
			routes.ServeHTTP(w, r)
		}
	})
}

func (s *service) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	ready := 0
	if s.isReady() {
		ready = 1
	}
	fmt.Fprintf(w, "# TYPE standin_requests_total counter\nstandin_requests_total %d\n", s.requests.Load())
	fmt.Fprintf(w, "# TYPE standin_ready gauge\nstandin_ready %d\n", ready)
}

// load burns processor time for `seconds` (default 1), for tests of autoscaling.
func load(w http.ResponseWriter, r *http.Request) {
	duration, err := strconv.ParseFloat(r.URL.Query().Get("seconds"), 64)
	if err != nil {
		duration = 1
	}
	end := time.Now().Add(time.Duration(duration * float64(time.Second)))
	rounds := 0
	for time.Now().Before(end) && r.Context().Err() == nil {
		for range 100_000 {
			rounds++
		}
	}
	fmt.Fprintln(w, rounds)
}
