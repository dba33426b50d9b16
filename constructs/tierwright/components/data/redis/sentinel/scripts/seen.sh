# Whether sentinels see a server that has started: as it runs now, as what it is, and a replica with the priority that it has with the
# primary's data. All that answer have to, and most of all. They may look for it for half a minute where it had another address before.
# Ready earlier, it lets the next server of a rollout end, and the sentinel that replaces that one could not choose it, nor tell it who
# the primary is.
. /etc/redis/sentinels.sh

run=$(told 127.0.0.1 server run_id) role=$(told 127.0.0.1 replication role)

# What a sentinel that answers says of it: `seen` or `unseen`; or of a primary `replaced`, when it begins a takeover or knows another one.
seen_by() {
  { known_to "$1" master; known_to "$1" replicas; } | awk -v own="$own" -v run="$run" -v role="$role" '
    $1 == "ip" { mine = $2 == own; same = 0; there = "" }
    $1 == "runid" { same = mine && $2 == run && run != "" }
    $1 == "flags" { answered = 1; there = $2 }
    role == "master" && there ~ /master/ && (!mine || there ~ /failover_in_progress/) { replaced = 1 }
    $1 == "flags" && same && role == "master" && there == "master" { seen = 1 }
    $1 == "slave-priority" && same && role == "slave" && there == "slave" && $2 > 0 && $2 < 1000 { seen = 1 }
    END { if (answered) print replaced ? "replaced" : seen ? "seen" : "unseen" }'
}

all() {
  for host in $members; do seen_by "$host" & done
  wait
}

said=$(all)
count() { echo "$said" | grep -c "^$1\$"; }
seen=$(count seen) unseen=$(($(count unseen) + $(count replaced)))

# It has taken no writes until now (server.sh). That one of them has not found it is no danger: alone it begins no takeover.
[ "$seen" -lt "$majority" ] || [ "$(count replaced)" -gt 0 ] || {
  wanted=$(awk 'tolower($1) ~ /^min-(replicas|slaves)-to-write$/ { wanted = $2 } END { print wanted }' /etc/redis/redis.conf)
  [ "$(ask 127.0.0.1 "$PORT" config set min-replicas-to-write "$wanted")" = OK ] || exit 1
}

[ "$seen" -ge "$majority" ] && [ "$unseen" = 0 ] || {
  echo "of $MEMBERS sentinels $seen see it and $unseen do not yet"
  exit 1
}
