// A static program with Go's own network code: no C library, no proxy variable, no resolver of the host.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

const limit = 5 * time.Second

var tag, host = os.Getenv("LEAK_TAG"), os.Getenv("LEAK_HOST")
var ipv4, ipv6 = os.Getenv("LEAK_IPV4"), os.Getenv("LEAK_IPV6")

func main() {
	ways := map[string]func() error{
		"http":     func() error { return get("http://" + host + "/" + tag) },
		"https":    func() error { return get("https://" + host + "/" + tag) },
		"name":     func() error { return dial(host) },
		"ipv4":     func() error { return dial(ipv4) },
		"ipv6":     func() error { return dial(ipv6) },
		"resolver": func() error { return resolve("") },
		"8.8.8.8":  func() error { return resolve("8.8.8.8:53") },
		"udp":      send,
	}
	if err := ways[os.Args[1]](); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// Without Proxy the transport asks no environment.
func get(url string) error {
	client := http.Client{Timeout: limit, Transport: &http.Transport{}}
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}

func dial(where string) error {
	connection, err := net.DialTimeout("tcp", net.JoinHostPort(where, "9443"), limit)
	if err != nil {
		return err
	}
	connection.SetDeadline(time.Now().Add(limit))
	fmt.Fprintln(connection, tag)
	_, err = io.Copy(os.Stdout, connection)
	return err
}

func resolve(server string) error {
	resolver := net.Resolver{PreferGo: true}
	if server != "" {
		resolver.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	addresses, err := resolver.LookupHost(ctx, tag+"."+host)
	fmt.Println(addresses)
	return err
}

func send() error {
	connection, err := net.Dial("udp", net.JoinHostPort(ipv4, "443"))
	if err != nil {
		return err
	}
	connection.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprint(connection, tag)
	_, err = connection.Read(make([]byte, 80))
	return err
}
