#!/bin/sh
# Starts PgBouncer, with the user, the password and the database that no ConfigMap has.
set -eu
umask 077

doubled() { # TEXT, QUOTE: the text with each such quote in it twice
  printf '%s' "$1" | sed "s/$2/$2$2/g"
}

printf '"%s" "%s"\n' "$(doubled "$PGUSER" '"')" "$(doubled "$PGPASSWORD" '"')" > /tmp/users
# A standby ends the connection before a client has it: after a change of the primary, the Service leads to the old one for a moment.
# Who becomes a standby later ends all of its connections, since it must restart for that.
server="host=$SERVER_HOST port=$SERVER_PORT connect_query='SELECT pg_terminate_backend(pg_backend_pid()) WHERE pg_is_in_recovery()'"
cat > /tmp/databases.ini << END
[databases]
* = $server
$PROBE_DATABASE = $server dbname='$(doubled "$PGDATABASE" "'")' pool_size=1
END

pgbouncer /etc/pooler/pgbouncer.ini &
pgbouncer=$!
# At TERM it would wait for its clients, which never leave; at INT it waits for their transactions.
trap 'kill -INT "$pgbouncer"' INT TERM
status=0
wait "$pgbouncer" || status=$?
if [ "$status" -gt 128 ]; then # a signal has ended the waiting alone
  status=0
  wait "$pgbouncer" || status=$?
fi
exit "$status"
