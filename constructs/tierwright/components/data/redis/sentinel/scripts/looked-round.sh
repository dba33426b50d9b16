# Whether a sentinel has looked round: all replicas answer it, or it has waited for them long enough. From then on it begins a takeover
# where most find that a primary has been silent for five seconds. Where all have ended, one that did not look round would choose the
# first replica that is back, and another one may have more.
. /etc/redis/sentinels.sh

# For so many seconds all have to answer: a server that is ending may, too, and a primary that has all that they have needs a moment to
# find that and to lead (server.sh).
TURN=5

# So many seconds it looks: longer than the 30 for which DNS may keep that the name of a member is not there.
PATIENCE=45

own_sentinel() { ask 127.0.0.1 "$SENTINEL_PORT" sentinel "$@"; }

# It compares replicas by what they told it last: every ten seconds is too seldom for that. And it may try an address for fifteen
# seconds at which nobody is any more. Before 7.0 neither can be changed.
own_sentinel debug info-period 1000 min-link-reconnect-period 5000 > /dev/null

# Whether all replicas answer, and have told what they are and which priority they have. A sentinel pings each second, and counts a
# replica as connected while it tries to reach it.
seen() {
  known_to 127.0.0.1 replicas | awk '
    $1 == "flags" { found++; if ($2 != "slave") away++ }
    $1 == "last-ok-ping-reply" && $2 > 2000 { away++ }
    $1 == "info-refresh" && $2 == 0 { away++ }
    END { exit found == 0 || away > 0 }'
}

said=$(ask 127.0.0.1 "$SENTINEL_PORT" info server | tr -d '\r')
up=$(echo "$said" | sed -n 's/^uptime_in_seconds://p')
first=/tmp/seen-by-$(echo "$said" | sed -n 's/^run_id://p')
if ! seen; then
  rm -f "$first"
elif [ ! -e "$first" ]; then
  echo "$up" > "$first"
fi

{ [ -e "$first" ] && [ "$up" -ge $(($(cat "$first") + TURN)) ]; } || [ "${up:-0}" -ge "$PATIENCE" ] || {
  echo "not all replicas have answered it for $TURN seconds"
  exit 1
}
[ "$(own_sentinel set "$MASTER_NAME" down-after-milliseconds 5000 quorum "$majority")" = OK ]
