package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// role says how a service listens: what is spoken at each port (http, grpc, tcp or udp, by its number), and on which paths
// besides the usual ones it tells its health. One that ends does so once everything that it needs has answered.
type role struct {
	Ports map[string]string `json:"ports"`
	Ready string            `json:"ready"`
	Live  string            `json:"live"`
	Ends  bool              `json:"ends"`
}

// roleOf gives the role that LISTENING has for a service, a JSON map by name, in which $PORT is that variable. Others speak HTTP
// at PORT.
func roleOf(name string) (role, error) {
	roles := map[string]role{}
	if text := os.ExpandEnv(os.Getenv("LISTENING")); text != "" {
		if err := json.Unmarshal([]byte(text), &roles); err != nil {
			return role{}, fmt.Errorf("LISTENING: %w", err)
		}
	}
	if own, found := roles[name]; found {
		return own, nil
	}
	port := os.Getenv("PORT")
	if port == "" {
		return role{}, errors.New("PORT is not set")
	}
	return role{Ports: map[string]string{port: "http"}}, nil
}

// isSilent says of a protocol that nothing answers at its ports until the service is ready: TCP alone, and HTTP without a path that
// tells its health, have no other way to say so.
func (s *service) isSilent(protocol string) bool {
	return protocol == "tcp" || protocol == "http" && s.guest && s.role.Ready == ""
}

// listeners are what a service listens with; failed gets the error of one that ends by itself.
type listeners struct {
	service *service
	failed  chan error
	servers []*http.Server
	plain   []net.Listener
}

// open begins to listen on the ports that are silent until the service is ready, or on the others.
func (l *listeners) open(silent bool) error {
	for port, protocol := range l.service.role.Ports {
		if l.service.isSilent(protocol) != silent {
			continue
		}
		if err := l.listen(port, protocol); err != nil {
			return err
		}
	}
	return nil
}

func (l *listeners) listen(port, protocol string) error {
	address := ":" + port
	switch protocol {
	case "http":
		l.serve(&http.Server{Addr: address, Handler: l.service.routes(), ReadHeaderTimeout: 10 * time.Second})
	case "grpc":
		// As with other servers of gRPC, a request of HTTP/1 is refused.
		l.serve(&http.Server{Addr: address, Handler: http.HandlerFunc(l.service.grpc), Protocols: withoutTLS()})
	case "tcp":
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		l.plain = append(l.plain, listener)
		go keep(listener)
	case "udp":
		echoUDP(address)
	default:
		return fmt.Errorf("nobody speaks %q", protocol)
	}
	return nil
}

func (l *listeners) serve(server *http.Server) {
	l.servers = append(l.servers, server)
	go func() { l.failed <- server.ListenAndServe() }()
}

// drain says on each answer that it is the last.
func (l *listeners) drain() {
	for _, server := range l.servers {
		server.SetKeepAlivesEnabled(false)
	}
}

// close ends all of them, once the requests that are under way are answered.
func (l *listeners) close(patience context.Context) error {
	var failures []error
	for _, listener := range l.plain {
		failures = append(failures, listener.Close())
	}
	for _, server := range l.servers {
		failures = append(failures, server.Shutdown(patience))
	}
	return errors.Join(failures...)
}

// keep takes connections and says nothing, also when the other end has said all that it will: a server need not close one.
func keep(listener net.Listener) {
	var kept []net.Conn
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		kept = append(kept, connection)
	}
}

const (
	healthMethod = "/grpc.health.v1.Health/Check"
	serving      = 1
	notServing   = 2
)

// healthAnswer is a message that is not compressed, its length, and its only field, the status.
func healthAnswer(status byte) []byte {
	return []byte{0, 0, 0, 0, 2, 1 << 3, status}
}

// withoutTLS is HTTP/2 over plain connections, and nothing else.
func withoutTLS() *http.Protocols {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return protocols
}

// grpc answers as the health service of gRPC, https://grpc.io/docs/guides/health-checking/, and knows no other method.
func (s *service) grpc(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status")
	if r.URL.Path != healthMethod {
		w.Header().Set("Grpc-Status", "12")
		return
	}
	status := byte(notServing)
	if s.isReady() {
		status = serving
	}
	_, _ = w.Write(healthAnswer(status))
	w.Header().Set("Grpc-Status", "0")
}
