package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
	"time"
)

// sendRequests serves POST /requests?url=…&seconds=…&rate=…: GETs of the URL at a steady rate (a second), half of them over
// connections of their own, half over kept ones, so many seconds or until POST /enough. One that had to be sent again has failed.
// The answer counts them.
func (s *service) sendRequests(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	duration, _ := strconv.ParseFloat(query.Get("seconds"), 64)
	rate, err := strconv.ParseFloat(query.Get("rate"), 64)
	if err != nil || rate <= 0 {
		http.Error(w, "rate: not a number above 0", http.StatusBadRequest)
		return
	}
	s.enough.Store(false)
	goesOn := func() bool { return !s.enough.Load() && r.Context().Err() == nil }
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(steady(goesOn, query.Get("url"), duration, rate))
}

type summary struct {
	Sent     int            `json:"sent"`
	Failed   []string       `json:"failed"`
	Answers  map[string]int `json:"answers"`
	Slowest  float64        `json:"slowest"`
	lock     sync.Mutex
	underway sync.WaitGroup
}

func steady(goesOn func() bool, url string, duration, rate float64) *summary {
	result := &summary{Failed: []string{}, Answers: map[string]int{}}
	single := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	kept := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
	began := time.Now()
	beat := time.NewTicker(time.Duration(float64(time.Second) / rate))
	defer beat.Stop()
	for time.Since(began) < time.Duration(duration*float64(time.Second)) && goesOn() {
		client := single
		if result.Sent%2 == 1 {
			client = kept
		}
		result.Sent++
		result.underway.Add(1)
		go result.get(client, url, began)
		<-beat.C
	}
	result.underway.Wait()
	return result
}

func (s *summary) get(client *http.Client, url string, began time.Time) {
	defer s.underway.Done()
	sent := time.Now()
	text, err := body(client, url)
	s.lock.Lock()
	defer s.lock.Unlock()
	s.Slowest = max(s.Slowest, time.Since(sent).Seconds())
	if err != nil {
		s.Failed = append(s.Failed, fmt.Sprintf("%.1f s after the first: %v", sent.Sub(began).Seconds(), err))
		return
	}
	s.Answers[text]++
}

func body(client *http.Client, url string) (string, error) {
	// A client quietly tries a GET again when a kept connection was closed under it: that request was dropped.
	connections := 0
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connections++ }}
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(context.Background(), trace), http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	answer, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && connections > 1 {
		err = fmt.Errorf("sent %d times", connections)
	}
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %s", answer.Status)
	}
	return string(text), err
}
