# What a restore of the server's own volume does before and after: `aside` is where the data is made, beside that which is there.
restored=$PGDATA.restored
aside=$PGDATA.restoring

begin_restore() { # a Job that is made again does nothing, until a server has run
  if [ "$(cat "$restored" 2> /dev/null)" = "$TARGET" ]; then
    echo "it is restored to $TARGET already, and no server has run since"
    exit
  fi
  trap stop_copy EXIT
  trap 'exit 143' INT TERM
}

give_passwords() { # The Secrets may have passwords of another time.
  in_copy postgres postgres << 'SQL'
\getenv administrator_password POSTGRES_PASSWORD
\getenv user SERVICES_USER
\getenv user_password SERVICES_PASSWORD
ALTER ROLE postgres PASSWORD :'administrator_password';
SELECT format('ALTER ROLE %I PASSWORD %L', rolname, :'user_password') FROM pg_roles WHERE rolname = :'user' \gexec
SQL
}

put_in_place() {
  sync -f "$aside" # what was copied and not changed since
  if [ -e "$PGDATA" ]; then
    before=$PGDATA.before-$(date -u +%Y%m%dT%H%M%SZ)
    mv "$PGDATA" "$before"
    echo "what was there is in $before"
  fi
  rm -f "$PGDATA.unfinished" # that a first start was broken off is not true of this
  mv "$aside" "$PGDATA"
  echo "$TARGET" > "$restored"
  sync -f "$restored"
  echo "restored to $TARGET; the last transaction is of $(last_transaction)"
}
