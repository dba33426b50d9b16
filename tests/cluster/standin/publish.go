package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	publishers   = 3
	publishPause = 10 * time.Millisecond
	// haste is how long a publisher waits for a connection, or for a confirmation, before it tries elsewhere.
	haste = 2 * time.Second
)

// publishAll publishes numbered persistent messages to a queue, from several connections, until it is ended.
//
// It prints `PUBLISHER N` after the broker's confirmation of message N. What fails is not tried again under its number.
func publishAll(queue string, stop <-chan os.Signal) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for publisher := range publishers {
		all.Add(1)
		go func() {
			defer all.Done()
			for number := publisher; ctx.Err() == nil; time.Sleep(publishPause) {
				if err := publishSome(ctx, queue, publisher, &number); err != nil && ctx.Err() == nil {
					log.Printf("publisher %d: %v", publisher, err)
				}
			}
		}()
	}
	<-stop
	cancel()
	all.Wait()
}

// openQueue declares the queue as most clients do: durable, and of no type.
func openQueue(queue string) (*amqp.Connection, *amqp.Channel, error) {
	configuration := amqp.Config{Dial: amqp.DefaultDial(haste), Heartbeat: haste}
	connection, err := amqp.DialConfig(os.Getenv("RABBITMQ_URL"), configuration)
	if err != nil {
		return nil, nil, err
	}
	channel, err := connection.Channel()
	if err == nil {
		_, err = channel.QueueDeclare(queue, true, false, false, false, nil)
	}
	if err == nil {
		err = channel.Confirm(false)
	}
	if err != nil {
		connection.Close()
	}
	return connection, channel, err
}

// publishSome publishes until the connection fails. Numbers of publishers differ by their remainder.
func publishSome(ctx context.Context, queue string, publisher int, number *int) error {
	connection, channel, err := openQueue(queue)
	if err != nil {
		return err
	}
	defer connection.CloseDeadline(time.Now().Add(haste))
	for ctx.Err() == nil {
		*number += publishers
		if err := publishTo(ctx, channel, queue, strconv.Itoa(*number)); err != nil {
			return fmt.Errorf("message %d: %w", *number, err)
		}
		fmt.Println(publisher, *number)
		time.Sleep(publishPause)
	}
	return nil
}

func publishTo(ctx context.Context, channel *amqp.Channel, queue string, text string) error {
	limited, cancel := context.WithTimeout(ctx, haste)
	defer cancel()
	message := amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte(text)}
	confirmation, err := channel.PublishWithDeferredConfirmWithContext(limited, "", queue, false, false, message)
	if err != nil {
		return err
	}
	confirmed, err := confirmation.WaitContext(limited)
	if err == nil && !confirmed {
		err = fmt.Errorf("refused by the broker")
	}
	return err
}

// published prints what a queue holds, in the words of the messages, and removes it.
func published(queue string) error {
	connection, channel, err := openQueue(queue)
	if err != nil {
		return err
	}
	defer connection.Close()
	known, err := channel.QueueDeclare(queue, true, false, false, false, nil)
	if err != nil {
		return err
	}
	messages, err := channel.Consume(queue, "", true, false, false, false, nil)
	if err != nil {
		return err
	}
	for range known.Messages {
		select {
		case message, open := <-messages:
			if !open {
				return fmt.Errorf("the broker closed the connection")
			}
			fmt.Println(string(message.Body))
		case <-time.After(5 * haste):
			return fmt.Errorf("the broker has fewer messages than the %d that it told of", known.Messages)
		}
	}
	_, err = channel.QueueDelete(queue, false, false, false)
	return err
}
