#!/bin/sh
# Gives the services a role that owns its database and is no superuser. The image runs it at the first start, on an empty volume;
# where that was broken off, the next start does.
#
# On a volume that an earlier version filled, the services' role is the server's first superuser, which PostgreSQL neither
# demotes nor drops. There, run it once:
#
#   kubectl exec -n NAMESPACE postgres-0 -- sh /etc/postgres/roles.sh
#
# The old role becomes the administrator under a new name, and a new role of the old name gets all that the services had.
# Broken off at any point, it goes on where it was when it is run again; where all is done it changes nothing.
set -eu
folder=/etc/postgres
export PGCONNECT_TIMEOUT=10 PGDATABASE="$POSTGRES_DB"
# The services own the database and could set its search_path so that the administrator calls functions of theirs.
export PGOPTIONS='-c search_path=pg_catalog'

query() { psql --no-psqlrc --no-password --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@" < /dev/null; }
as_administrator() { PGUSER=$POSTGRES_USER PGPASSWORD=$POSTGRES_PASSWORD query "$@"; }
as_services() { PGUSER=$SERVICES_USER PGPASSWORD=$SERVICES_PASSWORD query "$@"; }
in_one_transaction() { # ROLE FILE
  "as_$1" --single-transaction --file "$folder/settings.sql" --file "$folder/$2"
}
fail() {
  echo "roles.sh: $*" >&2
  exit 1
}

# The first superuser has this number for ever.
first='SELECT rolname FROM pg_roles WHERE oid = 10'
found=$(PGDATABASE=postgres as_administrator --command "$first" 2> /dev/null) || found=
case $found in
"$POSTGRES_USER")
  # A first start that was broken off may have left no database; the image does not try a second time.
  if ! as_administrator --command "SELECT" > /dev/null 2>&1; then
    PGUSER=$POSTGRES_USER PGPASSWORD=$POSTGRES_PASSWORD createdb --no-password --maintenance-db=postgres -- "$POSTGRES_DB"
  fi
  in_one_transaction administrator services-role.sql
  ;;
"")
  found=$(as_services --command "$first") || fail "neither $POSTGRES_USER nor $SERVICES_USER can log in; compare their Secrets"
  [ "$found" = "$SERVICES_USER" ] || fail "the first superuser is $found, not $SERVICES_USER; set postgres.user to $found"
  in_one_transaction services rename.sql
  ;;
*) fail "there is a role $POSTGRES_USER beside the first superuser, $found; rename it, and run this again" ;;
esac

marked="SELECT FROM pg_shdescription WHERE objoid = 10 AND description = 'ownership is being moved'"
unfinished=$(as_administrator --command "SELECT EXISTS ($marked)")
if [ "$unfinished" = t ]; then
  # Sessions that began as the old role are the administrator's now. Programs connect anew, as the services' role.
  as_administrator --command "
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE usesysid = 10 AND backend_type = 'client backend' AND pid <> pg_backend_pid()" > /dev/null
  # What those made at the last moment, and the other databases: the services could make some.
  databases=$(as_administrator --command "
    SELECT datname FROM pg_database
    WHERE datallowconn AND NOT datistemplate AND (datname <> 'postgres' OR datname = current_database())")
  printf '%s\n' "$databases" | while IFS= read -r database; do
    PGDATABASE=$database in_one_transaction administrator ownership.sql
  done
  as_administrator --command "COMMENT ON ROLE $POSTGRES_USER IS NULL"
fi

# Until now nobody needed a password inside of the pod.
trusting='^(local[[:space:]].*|host[[:space:]].*[[:space:]](127\.0\.0\.1/32|::1/128))([[:space:]]+)trust[[:space:]]*$'
if grep -Eq "$trusting" "$PGDATA/pg_hba.conf"; then
  umask 077
  sed -E "s#$trusting#\\1\\3scram-sha-256#" "$PGDATA/pg_hba.conf" > "$PGDATA/pg_hba.conf.new"
  mv "$PGDATA/pg_hba.conf.new" "$PGDATA/pg_hba.conf"
fi
if PGUSER=$SERVICES_USER PGPASSWORD='' query --command "SELECT" > /dev/null 2>&1; then
  as_administrator --command "SELECT pg_reload_conf()" > /dev/null
fi

powers="SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
powerful=$(as_services --command "$powers")
[ "$powerful" = f ] || fail "$SERVICES_USER may do more than own its database: see \\du in psql"
rm -f "$PGDATA.unfinished"
echo "$SERVICES_USER owns $POSTGRES_DB and is no superuser; the administrator is $POSTGRES_USER"
