# What the scripts of this folder know of sentinels, which listen on SENTINEL_PORT and call the primary MASTER_NAME.
. /etc/redis/common.sh
majority=2
# A primary that wants so many replicas takes no writes.
NO_WRITES=1000

# What all sentinels answer, each line by line; at most three seconds.
ask_sentinels() {
  for host in $members; do ask "$host" "$SENTINEL_PORT" "$@" & done
  wait
}

# What a sentinel knows of the primary (`master`), or of its `replicas`: a field and its value in each line.
known_to() { ask "$1" "$SENTINEL_PORT" sentinel "$2" "$MASTER_NAME" | paste -d ' ' - -; }

# The primary, by the word of most sentinels; nothing where there is no majority.
primary() {
  ask_sentinels sentinel get-master-addr-by-name "$MASTER_NAME" |
    awk -v end=".$NODES" -v majority="$majority" '
      substr($0, length($0) - length(end) + 1) == end { named[$0]++ }
      END { for (host in named) if (named[host] >= majority) print host }'
}

# A field of what a server says of itself in a section: HOST SECTION FIELD.
told() { ask "$1" "$PORT" info "$2" | tr -d '\r' | sed -n "s/^$3://p"; }
