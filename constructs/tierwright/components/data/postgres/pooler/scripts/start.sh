#!/bin/sh
# Starts PgBouncer, with the users, the passwords and the database that no ConfigMap has.
set -eu
umask 077

doubled() { # TEXT, QUOTE: the text with each such quote in it twice
  printf '%s' "$1" | sed "s/$2/$2$2/g"
}

user() { printf '"%s" "%s"\n' "$(doubled "$1" '"')" "$(doubled "$2" '"')"; }

users() { # the owner's, and those of services that have logins of their own
  user "$PGUSER" "$PGPASSWORD"
  for file in /etc/pooler-logins/*; do
    [ ! -f "$file" ] || user "${file##*/}" "$(cat "$file")"
  done
}

users > /tmp/users
# A standby ends the connection before a client has it: after a change of the primary, the Service leads to the old one for a moment.
# Who becomes a standby later ends all of its connections, since it must restart for that. A login that acts as another role may end
# its own session as itself alone.
end='SET LOCAL ROLE none; SELECT pg_terminate_backend(pg_backend_pid()) WHERE pg_is_in_recovery()'
server="host=$SERVER_HOST port=$SERVER_PORT connect_query='$end'"
cat > /tmp/databases.ini << END
[databases]
* = $server
$PROBE_DATABASE = $server dbname='$(doubled "$PGDATABASE" "'")' pool_size=1
END

pgbouncer /etc/pooler/pgbouncer.ini &
pgbouncer=$!
if [ -d /etc/pooler-logins ]; then # where the kubelet brings changed passwords
  while sleep 20 && kill -0 "$pgbouncer"; do
    users > /tmp/users.new
    [ "$(cat /tmp/users.new)" != "$(cat /tmp/users)" ] || continue
    mv /tmp/users.new /tmp/users
    kill -HUP "$pgbouncer"
    echo "a password has changed: reading all of them again"
  done &
fi
# At TERM it would wait for its clients, which never leave; at INT it waits for their transactions.
trap 'kill -INT "$pgbouncer"' INT TERM
status=0
wait "$pgbouncer" || status=$?
if [ "$status" -gt 128 ]; then # a signal has ended the waiting alone
  status=0
  wait "$pgbouncer" || status=$?
fi
exit "$status"
