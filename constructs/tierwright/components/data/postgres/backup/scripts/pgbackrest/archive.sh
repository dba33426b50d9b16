# What the scripts of this method have in common. The repository has an archive for each time that the server was restored, and one
# before: pgBackRest calls them stanzas, and here they are called after the data service and a number, such as postgres-0001. The
# number of the archive in use is a file of the data, so whatever copies the data has it too.
. /etc/backup/common.sh

number_in() { # DATA
  cat "$1/archive.number" 2> /dev/null || echo 0001
}

archive() { # NUMBER COMMAND [OPTION...]: pgBackRest
  stanza=$DATA_SERVICE-$1
  shift
  pgbackrest --stanza="$stanza" "$@"
}

in_archive() { # NUMBER DATA COMMAND [OPTION...]: pgBackRest, for the data in a folder
  of=$1 at=$2
  shift 2
  archive "$of" --pg1-path="$at" "$@"
}

quiet="--log-level-console=off --log-level-stderr=error"

listed() { # FOLDER PATTERN: what the repository has in a folder, sorted
  # shellcheck disable=SC2086 - options are words of their own
  found=$(pgbackrest $quiet repo-ls "$1") || return
  echo "$found" | sed -n "s/^$2\$/\1/p" | sort
}

archives() { listed archive "$DATA_SERVICE-\([0-9]\{4\}\)"; }
bases() { listed "backup/$DATA_SERVICE-$1" '\([0-9]\{8\}-[0-9]\{6\}F\)'; } # NUMBER: the complete base backups

is_primary() { # A member may think so whose lock another one has by now.
  [ "$(ask --command "SELECT NOT pg_is_in_recovery()" 2> /dev/null)" = t ] && has_lock
}

has_lock() { # where there are several members: this one's Patroni says so
  [ -z "${PATRONI:-}" ] || timeout 5 python3 -IS -c '
import ssl, sys, urllib.request
urllib.request.urlopen(sys.argv[1], context=ssl._create_unverified_context())' "$PATRONI/primary" 2> /dev/null
}

copy() { # NUMBER DATA [OPTION...]: the files of a base backup, as pgBackRest's restore makes them
  number=$1 data=$2
  shift 2
  mkdir -p "$data"
  chmod 700 "$data"
  in_archive "$number" "$data" restore "$@"
}

recover() { # DATA [-c SETTING...]: of the files that are there
  data=$1
  shift
  # Where WAL comes from, and how far, is said to the one server that replays it, and to none after it. Patroni writes targets too,
  # empty ones, and the server does not take two.
  sed -i '/pgBackRest restore on /d; /^restore_command = /d; /^recovery_target/d' "$data/postgresql.auto.conf" "$data/postgresql.conf"
  # Settings of a member are in its data; nobody copies from this server, and it has less memory.
  replay "$data" "$@" -c restore_command="sh /etc/backup/pgbackrest-get.sh '%f' '%p'" -c ident_file="$socket/ident" \
    -c synchronous_standby_names= -c shared_buffers=128MB
}

info() { # NUMBER: what an archive has, as JSON
  # shellcheck disable=SC2086 - options are words of their own
  archive "$1" $quiet info --output=json
}

last_segment() { info "$1" | sed -n 's/.*"max":"\([0-9A-F]*\)".*/\1/p'; } # NUMBER: of its WAL
