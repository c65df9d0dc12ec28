//go:build unix

package databases

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

const (
	// probing is how long a Docker engine may take to answer.
	probing = 3 * time.Second
	// starting is how long a server may take, the pull of its image included.
	starting = 3 * time.Minute
)

var errNoEngine = errors.New("no engine answers")

// engineAnswers says whether there is a Docker engine. Finding it out may hang
// where DOCKER_HOST names a machine that is not there, so nobody waits for that.
func engineAnswers() bool {
	answer := make(chan error, 1)
	go func() { answer <- askEngine() }()
	select {
	case err := <-answer:
		return err == nil
	case <-time.After(probing):
		return false
	}
}

func askEngine() (err error) {
	defer func() {
		if p := recover(); p != nil { // the library's way to say that it finds no host
			err = fmt.Errorf("databases: %v", p)
		}
	}()
	provider, err := testcontainers.ProviderDocker.GetProvider()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), probing)
	defer cancel()
	return provider.Health(ctx)
}

// image is a server as a container.
type image struct {
	name, port string
	password   string // the variable that sets it
	command    []string
	says       string // once it accepts connections
	times      int    // how often it has said so by then: each first starts to prepare itself
	dsn        func(address, password string) string
}

var (
	postgresImage = image{
		name: "postgres:15-alpine", port: "5432/tcp", password: "POSTGRES_PASSWORD",
		command: []string{"postgres", "-c", "full_page_writes=off", "-c", "max_connections=300"},
		says:    "database system is ready to accept connections", times: 2,
		dsn: func(address, password string) string {
			return "postgres://postgres:" + password + "@" + address + "/postgres?sslmode=disable"
		},
	}
	mysqlImage = image{
		name: "mysql:8.4", port: "3306/tcp", password: "MYSQL_ROOT_PASSWORD",
		command: []string{"mysqld", "--innodb-flush-method=nosync", "--skip-log-bin", "--max-connections=300"},
		says:    "port: 3306  MySQL Community Server", times: 1,
		dsn: func(address, password string) string { return "root:" + password + "@tcp(" + address + ")/" },
	}
)

// start runs the image until its server accepts connections.
func (i image) start(ctx context.Context) (dsn string, err error) {
	password := rand.Text()
	container, err := testcontainers.Run(ctx, i.name,
		testcontainers.WithEnv(map[string]string{i.password: password}),
		testcontainers.WithExposedPorts(i.port),
		testcontainers.WithCmd(i.command...),
		testcontainers.WithWaitStrategyAndDeadline(starting, wait.ForLog(i.says).WithOccurrence(i.times), wait.ForListeningPort(i.port)),
	)
	if err != nil {
		return "", errors.Join(fmt.Errorf("databases: %s: %w", i.name, err), testcontainers.TerminateContainer(container))
	}
	address, err := container.PortEndpoint(ctx, i.port, "")
	if err != nil {
		return "", err
	}
	return i.dsn(address, password), nil
}
