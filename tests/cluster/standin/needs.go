package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	amqp "github.com/rabbitmq/amqp091-go"
)

// As long as the services themselves take (connect_timeout in DATABASE_URL): what is absent refuses at once, and a busy node
// is not an absent need.
const patience = 10 * time.Second

// checkNeeds asks everything that the environment names, once, and returns the first that does not answer.
//
// A service that starts before what it needs therefore exits, and the missing gate shows as a restart.
func checkNeeds(environment []string) error {
	sort.Strings(environment)
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		check := checkOf(name)
		if check == nil || value == "" {
			continue
		}
		began := time.Now()
		if err := check(value); err != nil {
			return fmt.Errorf("%s does not answer: %w", name, err)
		}
		log.Printf("%s answers, after %s", name, time.Since(began).Round(time.Millisecond))
	}
	return nil
}

func checkOf(name string) func(string) error {
	switch {
	case name == "DATABASE_URL":
		return checkPostgres
	case name == "RABBITMQ_URL":
		return checkRabbitMQ
	case name == "REDIS_URL":
		return checkRedis
	case strings.HasSuffix(name, "_SERVICE_URL"):
		return checkService
	}
	return nil
}

// What Prisma, by which the services speak to PostgreSQL, keeps for itself and does not send to the server.
var prismaOptions = []string{
	"connection_limit", "pool_timeout", "pgbouncer", "schema", "socket_timeout", "statement_cache_size", "sslaccept",
	"sslidentity", "sslpassword",
}

func withoutPrismaOptions(address string) (string, error) {
	target, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	options := target.Query()
	for _, option := range prismaOptions {
		options.Del(option)
	}
	target.RawQuery = options.Encode()
	return target.String(), nil
}

func checkPostgres(address string) error {
	address, err := withoutPrismaOptions(address)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	connection, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer connection.Close(ctx)
	var one int
	return connection.QueryRow(ctx, "SELECT 1").Scan(&one)
}

func checkRabbitMQ(address string) error {
	connection, err := amqp.DialConfig(address, amqp.Config{Dial: amqp.DefaultDial(patience), Heartbeat: 10 * time.Second})
	if err != nil {
		return err
	}
	defer connection.Close()
	channel, err := connection.Channel()
	if err != nil {
		return err
	}
	return channel.Close()
}

func checkRedis(address string) error {
	target, err := url.Parse(address)
	if err != nil {
		return err
	}
	host := target.Host
	if target.Port() == "" {
		host = net.JoinHostPort(target.Hostname(), "6379")
	}
	dialer := &net.Dialer{Timeout: patience}
	var connection net.Conn
	if target.Scheme == "rediss" {
		connection, err = tls.DialWithDialer(dialer, "tcp", host, nil)
	} else {
		connection, err = dialer.Dial("tcp", host)
	}
	if err != nil {
		return err
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(patience))
	answers := bufio.NewReader(connection)
	if password, given := target.User.Password(); given {
		words := []string{"AUTH"}
		if user := target.User.Username(); user != "" {
			words = append(words, user)
		}
		if err := redisCommand(connection, answers, "+OK", append(words, password)...); err != nil {
			return err
		}
	}
	return redisCommand(connection, answers, "+PONG", "PING")
}

func redisCommand(w io.Writer, answers *bufio.Reader, want string, words ...string) error {
	command := fmt.Sprintf("*%d\r\n", len(words))
	for _, word := range words {
		command += fmt.Sprintf("$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := io.WriteString(w, command); err != nil {
		return err
	}
	line, err := answers.ReadString('\n')
	if err != nil {
		return err
	}
	if got := strings.TrimSpace(line); got != want {
		return fmt.Errorf("%s: %s", words[0], got)
	}
	return nil
}

// checkService asks a service over HTTP; of one that speaks something else the address has no scheme, and it has to be there.
func checkService(address string) error {
	if !strings.Contains(address, "://") {
		return checkPort(address)
	}
	return checkHTTP(strings.TrimSuffix(address, "/") + "/health/ready")
}

func checkPort(address string) error {
	connection, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return err
	}
	return connection.Close()
}

func checkHTTP(address string) error {
	client := &http.Client{Timeout: patience}
	answer, err := client.Get(address)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s", answer.Status)
	}
	return nil
}
