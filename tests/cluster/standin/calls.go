package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// checkCalls asks every address of CALLS once, and returns the first that does not answer. Addresses may contain variables of the
// container, as `grpc://$CART_ADDR`.
func checkCalls([]string) error {
	for _, call := range strings.Fields(os.Getenv("CALLS")) {
		if err := checkAddress(os.ExpandEnv(call)); err != nil {
			return fmt.Errorf("%s does not answer: %w", call, err)
		}
	}
	return nil
}

func checkAddress(address string) error {
	target, err := url.Parse(address)
	if err != nil {
		return err
	}
	switch target.Scheme {
	case "postgresql":
		return checkPostgres(address)
	case "npgsql":
		return checkPostgres(fromNpgsql(target.Opaque))
	case "redis":
		return checkRedis(address)
	case "http":
		return checkHTTP(address)
	case "grpc":
		return checkHealth(target.Host)
	case "tcp", "clickhouse":
		return checkPort(target.Host)
	case "file":
		_, err := os.Stat(target.Path)
		return err
	}
	return fmt.Errorf("an unknown scheme, %q", target.Scheme)
}

// fromNpgsql gives the URL of what .NET's driver of PostgreSQL takes: Host=…;Port=…;Username=…;Password=…;Database=…
func fromNpgsql(text string) string {
	parts := map[string]string{}
	for _, part := range strings.Split(text, ";") {
		key, value, _ := strings.Cut(part, "=")
		parts[key] = value
	}
	account := url.UserPassword(parts["Username"], parts["Password"])
	host := net.JoinHostPort(parts["Host"], parts["Port"])
	return (&url.URL{Scheme: "postgresql", User: account, Host: host, Path: parts["Database"]}).String()
}

// checkHealth asks a server of gRPC whether it is SERVING, as service.grpc answers.
func checkHealth(host string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	question := bytes.NewReader(make([]byte, 5)) // an empty message: the server as a whole
	call, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+host+healthMethod, question)
	if err != nil {
		return err
	}
	call.Header.Set("Content-Type", "application/grpc")
	call.Header.Set("TE", "trailers")
	answer, err := (&http.Client{Transport: &http.Transport{Protocols: withoutTLS()}}).Do(call)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	message, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if status := answer.Trailer.Get("Grpc-Status"); status != "0" || !bytes.Equal(message, healthAnswer(serving)) {
		return fmt.Errorf("status %q, message %v", status, message)
	}
	return nil
}
