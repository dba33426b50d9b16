# What the scripts of this folder know of sentinels, which listen on SENTINEL_PORT and call the primary MASTER_NAME.
. /etc/redis/common.sh
majority=2

# What all sentinels answer, each line by line; at most three seconds.
ask_sentinels() {
  for host in $members; do ask "$host" "$SENTINEL_PORT" "$@" & done
  wait
}

# The primary, by the word of most sentinels; nothing where there is no majority.
primary() {
  ask_sentinels sentinel get-master-addr-by-name "$MASTER_NAME" |
    awk -v end=".$NODES" -v majority="$majority" '
      substr($0, length($0) - length(end) + 1) == end { named[$0]++ }
      END { for (host in named) if (named[host] >= majority) print host }'
}
