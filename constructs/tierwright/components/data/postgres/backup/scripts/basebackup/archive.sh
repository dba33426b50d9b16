# What the scripts of this method have in common. The volume of the archive:
#
#   0001/          an archive: WAL of one server without a gap, and base backups to begin with
#     system       the server's system identifier
#     wal/         the segments, as pg_receivewal writes them
#     base/TIME/   a base backup, named after the moment (UTC) at which it was complete
#     gap          why it ends: what the server wrote next is lost
#     closed       why it ends: the server was restored, and what it writes since then is in the next one
#   0002/          the next one; the last one is in use
. /etc/backup/common.sh
archive=/archive
slot=archive

system_of_server() { ask --command "SELECT system_identifier FROM pg_control_system()"; }

current() { # the archive in use; nothing where there is none yet
  for last in "$archive"/[0-9][0-9][0-9][0-9]; do :; done
  [ ! -d "$last" ] || echo "$last"
}

begin_archive() { # SYSTEM: there is the whole of it, or nothing
  number=$(current)
  number=${number##*/}
  next=$archive/next
  rm -rf "$next"
  mkdir -p "$next/wal" "$next/base"
  echo "$1" > "$next/system"
  sync -f "$archive"
  mv "$next" "$archive/$(printf %04d $((1${number:-0000} - 9999)))"
  echo "a new archive begins: $(current)"
}

fresh_slot() { # From now on the server keeps the WAL that is not archived, up to the size in the values.
  ask --command "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '$slot'" > /dev/null
  ask --command "SELECT pg_create_physical_replication_slot('$slot', true)" > /dev/null
}

bases() { # FOLDER...: the complete base backups of these archives, oldest first
  for folder; do
    for base in "$folder"/base/[0-9]*; do
      [ ! -d "$base" ] || echo "$base"
    done
  done
}

moment() { # TEXT: a moment as a number that can be compared, to the second
  printf %.19s "$1" | tr -cd 0-9
}

recover() { # DATA [-c SETTING...]: of the base backup `base`
  data=$1
  shift
  name=${base##*/}
  wal=${base%/base/*}/wal
  echo "copying $base"
  cp -Rp "$base" "$data"
  chmod 700 "$data"
  pg_verifybackup --quiet --exit-on-error "$data" || fail "the base backup $name is spoiled"
  rm -f "$data/backup_manifest"
  # The last segment is archived as it is written.
  replay "$data" "$@" -c restore_command="cp '$wal/%f' '%p' 2> /dev/null || cp '$wal/%f.partial' '%p' 2> /dev/null"
}
