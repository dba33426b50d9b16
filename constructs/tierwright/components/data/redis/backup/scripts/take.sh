# Copies what the servers have now into a folder of /tmp/snapshot: a file, or in a cluster one for each part of the keys.
. /etc/backup/redis.sh

folder=/tmp/snapshot/$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$folder"

ask() { # HOST OPTION...
  host=$1
  shift
  redis-cli --no-auth-warning --user administrator -h "$host" -p "$PORT" "$@"
}

copy() { # HOST FILE
  echo "copying what $1 has"
  ask "$1" --rdb "$folder/$2" > /tmp/said 2>&1 || fail "$1: $(tail -n 1 /tmp/said)"
  whole "$folder/$2"
}

replica() { # the name of one that has what the primary has, if there is one
  said=$(ask "$HOST" info replication)
  primary=$(echo "$said" | tr -d '\r' | sed -n 's/^master_host://p')
  [ -z "$primary" ] || said=$(ask "$primary" info replication)
  echo "$said" | sed -n 's/^slave[0-9]*:ip=\([^,]*\),.*,state=online,.*/\1/p' | head -n 1
}

if [ "$TOPOLOGY" != cluster ]; then
  from=
  # Sentinels take whoever copies from the primary for a replica, and look for it ever after.
  [ "$TOPOLOGY" != sentinel ] || from=$(replica)
  copy "${from:-$HOST}" all.rdb
  exit
fi

ask "$HOST" cluster nodes | nodes | awk '$5 != "" { print $2, $5 }' > /tmp/primaries
slots=$(awk '{ n = split($2, parts, "_"); for (i = 1; i <= n; i++) { split(parts[i], ends, "-"); sum += (ends[2] == "" ? 0 : ends[2] - ends[1]) + 1 } }
  END { print sum + 0 }' /tmp/primaries)
[ "$slots" = 16384 ] || fail "the primaries have $slots of the 16384 parts of the keys: what the others have would be missing"
while read -r primary parts; do copy "$primary" "$parts.rdb"; done < /tmp/primaries
