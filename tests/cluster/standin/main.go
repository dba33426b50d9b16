// Command standin stands in for one of Castiel's services, and for small servers that tests need.
//
//	standin                       the service: checks its needs, gets ready, serves until SIGTERM
//	standin guest ...             a program of another platform, whose arguments it ignores; so is each other name of this one
//	standin pause                 holds a pod together until it is ended, and takes the orphans among its processes
//	standin echo HOSTS TCP UDP    answers on these addresses and ports (lists with commas) with the caller's address
//	standin record                writes rows and messages until it is ended; prints each that is safe
//	standin recorded              prints the rows and messages that are stored, and removes them
//	standin publish QUEUE         publishes to a queue until it is ended; prints what the broker has confirmed
//	standin published QUEUE       prints the messages of that queue, and removes it
package main

import (
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC | log.Lmicroseconds)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	arguments := append(os.Args[1:], "", "", "", "")
	if filepath.Base(os.Args[0]) != "standin" {
		arguments[0] = "guest"
	}
	switch arguments[0] {
	case "pause":
		go takeOrphans()
		<-stop
	case "echo":
		echo(arguments[1], arguments[2], arguments[3])
		<-stop
	case "record":
		record(stop)
	case "recorded":
		if err := recorded(); err != nil {
			log.Fatal(err)
		}
	case "publish":
		publishAll(arguments[1], stop)
	case "published":
		if err := published(arguments[1]); err != nil {
			log.Fatal(err)
		}
	case "guest":
		if err := serve(stop, true); err != nil {
			log.Fatal(err)
		}
	case "":
		if err := serve(stop, false); err != nil {
			log.Fatal(err)
		}
	default:
		fmt.Fprintf(os.Stderr, "standin: unknown command %q\n", arguments[0])
		os.Exit(2)
	}
}

// takeOrphans lets processes that have lost their parent, which become this one's where a pod's containers share them, end for good.
func takeOrphans() {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	for {
		for pid := 1; pid > 0; {
			pid, _ = syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		}
		<-ended
	}
}
