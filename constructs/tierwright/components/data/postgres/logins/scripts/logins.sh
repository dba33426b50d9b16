#!/bin/sh
# Gives each service a login of its own: a role that acts as the one that owns the database, with the password of its Secret and a
# limit of connections. `logins.sh once` does it now. Without an argument it runs beside the server, and does it when that has started,
# when it has become the primary, and when a Secret or the list has changed: the kubelet then has put other files here.
set -u
folder=/etc/postgres passwords=/etc/postgres-logins
export PGCONNECT_TIMEOUT=5 PGUSER="$POSTGRES_USER" PGPASSWORD="$POSTGRES_PASSWORD" PGDATABASE=postgres

ask() { psql --no-psqlrc --no-password --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@"; }

statements() {
  names=
  while read -r name limit; do
    names="$names $name"
    printf '\\set login %s\n\\set limit %s\n\\set password `cat %s/%s`\n\\i %s/login.sql\n' \
      "$name" "$(($limit))" "$passwords" "$name" "$folder"
  done < "$folder/logins"
  printf "\\\\set logins '%s'\n\\\\i %s/other-logins.sql\n" "$names" "$folder"
}

give() { # all of it, or nothing
  statements | ask --single-transaction --file "$folder/settings.sql" --file -
}

if [ "${1-}" = once ]; then
  give
  exit
fi

given='' told=''
while :; do
  now=$(cat "$folder/logins" "$passwords"/* 2> /dev/null | cksum)
  pause=20
  if [ -e "$PGDATA.unfinished" ] || ! pg_isready -q; then
    given='' pause=1
  elif [ "$(ask --command 'SELECT pg_is_in_recovery()' < /dev/null 2> /dev/null)" != f ]; then
    given='' # another member has given them; as the primary it does so again
  elif [ "$now" != "$given" ]; then
    if said=$(give 2>&1); then
      given=$now
      said="${said:+$said
}the services have the logins of their Secrets"
    fi
    [ "$said" = "$told" ] || echo "$said" >&2
    told=$said
  fi
  sleep "$pause"
done
