# Whether a sentinel has looked round: the primary has answered it, or all replicas have and the primary has had its turn. From then on
# it begins a takeover where most find that a primary has been silent for five seconds. Where all have ended, one that did not look
# round would choose the first replica that is back, and another one may have more.
. /etc/redis/sentinels.sh

# So many seconds it looks: longer than the 30 for which DNS may keep that the name of a member is not there.
PATIENCE=45

# After all replicas have answered, the primary has so many seconds to find that it has all that they have, and to lead (server.sh).
TURN=5

own_sentinel() { ask 127.0.0.1 "$SENTINEL_PORT" sentinel "$@"; }

# It compares replicas by what they told it last: every ten seconds is too seldom for that. And it may try an address for fifteen
# seconds at which nobody is any more. Before 7.0 neither can be changed.
own_sentinel debug info-period 1000 min-link-reconnect-period 5000 > /dev/null

# Whether all of these are connected, and have told what they are and which priority they have.
seen() {
  known_to 127.0.0.1 "$1" | awk '
    $1 == "flags" { found++; if ($2 != "master" && $2 != "slave") away++ }
    $1 == "info-refresh" && $2 == 0 { away++ }
    END { exit found == 0 || away > 0 }'
}

said=$(ask 127.0.0.1 "$SENTINEL_PORT" info server | tr -d '\r')
up=$(echo "$said" | sed -n 's/^uptime_in_seconds://p')

# Whether all replicas have answered, and the primary has had its turn.
heard() {
  seen replicas || return 1
  first=/tmp/heard-by-$(echo "$said" | sed -n 's/^run_id://p')
  [ -e "$first" ] || echo "$up" > "$first"
  [ "$up" -ge $(($(cat "$first") + TURN)) ]
}

seen master || heard || [ "${up:-0}" -ge "$PATIENCE" ] || {
  echo "it has heard neither the primary nor, for $TURN seconds, all replicas"
  exit 1
}
[ "$(own_sentinel set "$MASTER_NAME" down-after-milliseconds 5000 quorum "$majority")" = OK ]
