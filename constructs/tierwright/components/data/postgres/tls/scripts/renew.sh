#!/bin/sh
# Has the server read its certificate again when that was renewed: the kubelet has put another one into the folder then. Beside the
# server as long as that runs. A certificate that does not fit its key leaves the earlier one in use, and the server's log says so.
set -u
folder=${1:-/etc/postgres-tls}
look() { cat "$folder/tls.crt" "$folder/tls.key" | cksum; }

seen=$(look)
while sleep 20; do
  now=$(look)
  [ "$now" != "$seen" ] || continue
  pg_ctl --silent reload || continue # no server yet
  if [ -n "${PATRONI_NAME-}" ]; then
    kill -HUP 1 # Patroni's own port has the same one
  fi
  seen=$now
  echo "the certificate was renewed: the server reads it again"
done
