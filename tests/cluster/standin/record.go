package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	recordTable = "recorded"
	recordQueue = "recorded"
	recordPause = 25 * time.Millisecond
)

// record writes numbered rows (DATABASE_URL) and numbered persistent messages (RABBITMQ_URL) until it is ended.
//
// It prints `row N` after the commit and `message N` after the broker's confirmation: those must never be lost. What fails
// is not tried again under its number, for nobody knows whether it was stored.
func record(stop <-chan os.Signal) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{}, 2)
	for _, write := range []func(context.Context, *int) error{recordRows, recordMessages} {
		go func() {
			// A second run's numbers are not those of the first.
			for number := int(time.Now().UnixMicro()); ctx.Err() == nil; time.Sleep(recordPause) {
				if err := write(ctx, &number); err != nil && ctx.Err() == nil {
					log.Print(err)
				}
			}
			done <- struct{}{}
		}()
	}
	<-stop
	cancel()
	<-done
	<-done
}

func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, patience)
}

func openRows(ctx context.Context) (*pgx.Conn, error) {
	address, err := withoutPrismaOptions(os.Getenv("DATABASE_URL"))
	if err != nil {
		return nil, err
	}
	limited, cancel := bounded(ctx)
	defer cancel()
	connection, err := pgx.Connect(limited, address)
	if err != nil {
		return nil, err
	}
	_, err = connection.Exec(limited, "CREATE TABLE IF NOT EXISTS "+recordTable+" (number bigint)")
	return connection, err
}

// recordRows writes until the connection fails.
func recordRows(ctx context.Context, number *int) error {
	connection, err := openRows(ctx)
	if err != nil {
		return err
	}
	defer connection.Close(context.Background())
	for ctx.Err() == nil {
		*number++
		limited, cancel := bounded(ctx)
		_, err := connection.Exec(limited, "INSERT INTO "+recordTable+" VALUES ($1)", *number)
		cancel()
		if err != nil {
			return fmt.Errorf("row %d: %w", *number, err)
		}
		fmt.Println("row", *number)
		time.Sleep(recordPause)
	}
	return nil
}

func openMessages() (*amqp.Connection, *amqp.Channel, error) {
	configuration := amqp.Config{Dial: amqp.DefaultDial(patience), Heartbeat: 2 * time.Second}
	connection, err := amqp.DialConfig(os.Getenv("RABBITMQ_URL"), configuration)
	if err != nil {
		return nil, nil, err
	}
	channel, err := connection.Channel()
	if err == nil {
		_, err = channel.QueueDeclare(recordQueue, true, false, false, false, nil)
	}
	if err != nil {
		connection.Close()
	}
	return connection, channel, err
}

// recordMessages publishes until the connection fails.
func recordMessages(ctx context.Context, number *int) error {
	connection, channel, err := openMessages()
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := channel.Confirm(false); err != nil {
		return err
	}
	for ctx.Err() == nil {
		*number++
		if err := publish(ctx, channel, strconv.Itoa(*number)); err != nil {
			return fmt.Errorf("message %d: %w", *number, err)
		}
		fmt.Println("message", *number)
		time.Sleep(recordPause)
	}
	return nil
}

func publish(ctx context.Context, channel *amqp.Channel, text string) error {
	limited, cancel := bounded(ctx)
	defer cancel()
	message := amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte(text)}
	confirmation, err := channel.PublishWithDeferredConfirmWithContext(limited, "", recordQueue, false, false, message)
	if err != nil {
		return err
	}
	confirmed, err := confirmation.WaitContext(limited)
	if err == nil && !confirmed {
		err = errors.New("refused by the broker")
	}
	return err
}

// recorded prints what is stored, in the words of record, and removes it once all of it is read.
func recorded() error {
	ctx := context.Background()
	connection, err := openRows(ctx)
	if err != nil {
		return err
	}
	defer connection.Close(ctx)
	broker, channel, err := openMessages()
	if err != nil {
		return err
	}
	defer broker.Close()
	rows, err := connection.Query(ctx, "SELECT number FROM "+recordTable)
	if err != nil {
		return err
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return err
	}
	messages, err := stored(channel)
	if err != nil {
		return err
	}
	if _, err := connection.Exec(ctx, "DROP TABLE "+recordTable); err != nil {
		return err
	}
	if _, err := channel.QueueDelete(recordQueue, false, false, false); err != nil {
		return err
	}
	for _, number := range numbers {
		fmt.Println("row", number)
	}
	for _, message := range messages {
		fmt.Println("message", message)
	}
	return nil
}

// stored reads the whole queue; what is not acknowledged stays in it.
func stored(channel *amqp.Channel) ([]string, error) {
	var messages []string
	for {
		message, found, err := channel.Get(recordQueue, false)
		if err != nil || !found {
			return messages, err
		}
		messages = append(messages, string(message.Body))
	}
}
