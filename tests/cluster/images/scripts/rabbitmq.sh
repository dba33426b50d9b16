#!/bin/bash
# Starts RabbitMQ as the official image's entry point does.
set -euo pipefail

if [[ "$1" == rabbitmq* ]] && [ "$(id -u)" = 0 ]; then
  if [ "$1" = rabbitmq-server ]; then find /var/lib/rabbitmq \! -user rabbitmq -exec chown rabbitmq '{}' +; fi
  exec gosu rabbitmq "${BASH_SOURCE[0]}" "$@"
fi

for variable in RABBITMQ_DEFAULT_PASS_FILE RABBITMQ_DEFAULT_USER_FILE RABBITMQ_VM_MEMORY_HIGH_WATERMARK \
  RABBITMQ_ERLANG_COOKIE_FILE RABBITMQ_SSL_CACERTFILE; do
  if [ -n "${!variable:-}" ]; then
    echo "error: $variable is set but deprecated; use a configuration file instead" >&2
    exit 1
  fi
done
exec "$@"
