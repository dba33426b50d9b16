package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// attempt is what one connection gave.
type attempt struct {
	Target    string  `json:"target"`
	Connected bool    `json:"connected"`
	Error     string  `json:"error,omitempty"`
	Answer    string  `json:"answer,omitempty"`
	Seconds   float64 `json:"seconds"`
}

// connect makes a real connection from inside the pod.
//
// Targets: HOST:PORT or tcp://HOST:PORT (a handshake), udp://HOST:PORT (a packet that must be answered),
// dns://NAME (a look-up by the pod's own resolver), dns+tcp://NAME (the same over TCP).
func connect(target string, timeout float64) attempt {
	began := time.Now()
	limit := time.Duration(timeout * float64(time.Second))
	kind, rest, found := strings.Cut(target, "://")
	if !found {
		kind, rest = "tcp", target
	}
	var answer string
	var err error
	switch kind {
	case "tcp":
		var connection net.Conn
		if connection, err = net.DialTimeout("tcp", rest, limit); err == nil {
			answer = connection.RemoteAddr().String()
			connection.Close()
		}
	case "udp":
		answer, err = exchange(rest, limit)
	case "dns", "dns+tcp":
		answer, err = lookUp(rest, kind == "dns+tcp", limit)
	default:
		err = fmt.Errorf("unknown kind of target %q", kind)
	}
	result := attempt{Target: target, Connected: err == nil, Answer: answer, Seconds: time.Since(began).Seconds()}
	if err != nil {
		result.Error = err.Error()
	}
	return result
}

func exchange(address string, limit time.Duration) (string, error) {
	connection, err := net.DialTimeout("udp", address, limit)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(limit))
	if _, err := io.WriteString(connection, "hello\n"); err != nil {
		return "", err
	}
	buffer := make([]byte, 512)
	length, err := connection.Read(buffer)
	return string(buffer[:length]), err
}

func lookUp(name string, overTCP bool, limit time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	resolver := &net.Resolver{PreferGo: true}
	if overTCP {
		resolver.Dial = func(ctx context.Context, _, address string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", address)
		}
	}
	addresses, err := resolver.LookupHost(ctx, name)
	return strings.Join(addresses, " "), err
}

// connectHandler serves GET /connect?target=…&target=…&timeout=SECONDS: all targets at once, a list of attempts.
func connectHandler(w http.ResponseWriter, r *http.Request) {
	timeout, err := strconv.ParseFloat(r.URL.Query().Get("timeout"), 64)
	if err != nil {
		timeout = 2
	}
	targets := r.URL.Query()["target"]
	results := make([]attempt, len(targets))
	done := make(chan int)
	for position, target := range targets {
		go func() { results[position] = connect(target, timeout); done <- position }()
	}
	for range targets {
		<-done
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(results)
}

// echo answers on TCP and UDP ports (comma-separated lists) of each address with the caller's address.
//
// A socket for each address: a reply over UDP must come from the address that was asked.
func echo(addresses, tcpPorts, udpPorts string) {
	for _, address := range strings.Split(addresses, ",") {
		for _, port := range split(tcpPorts) {
			echoTCP(net.JoinHostPort(address, port))
		}
		for _, port := range split(udpPorts) {
			echoUDP(net.JoinHostPort(address, port))
		}
	}
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(letter rune) bool { return letter == ',' })
}

func echoTCP(address string) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				log.Fatal(err)
			}
			fmt.Fprintln(connection, connection.RemoteAddr())
			connection.Close()
		}
	}()
}

func echoUDP(address string) {
	socket, err := net.ListenPacket("udp", address)
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		buffer := make([]byte, 512)
		for {
			_, caller, err := socket.ReadFrom(buffer)
			if err != nil {
				log.Fatal(err)
			}
			_, _ = socket.WriteTo([]byte(caller.String()+"\n"), caller)
		}
	}()
}
