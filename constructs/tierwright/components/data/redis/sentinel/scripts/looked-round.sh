# Whether a sentinel has looked round: the primary has answered it, or all replicas have. From then on it begins a takeover where most
# find that a primary has been silent for five seconds. Where all have ended, one that did not look round would choose the first
# replica that is back, and another one may have more.
. /etc/redis/sentinels.sh

# So many seconds it looks: longer than the 30 for which DNS may keep that the name of a member is not there.
PATIENCE=45

own_sentinel() { ask 127.0.0.1 "$SENTINEL_PORT" sentinel "$@"; }

# It compares replicas by what they told it last. Every ten seconds is too seldom for that; before 7.0 it cannot be changed.
own_sentinel debug info-period 1000 > /dev/null

# Whether all of these are connected, and have told what they are and which priority they have.
seen() {
  known_to 127.0.0.1 "$1" | awk '
    $1 == "flags" { found++; if ($2 != "master" && $2 != "slave") away++ }
    $1 == "info-refresh" && $2 == 0 { away++ }
    END { exit found == 0 || away > 0 }'
}

up=$(ask 127.0.0.1 "$SENTINEL_PORT" info server | tr -d '\r' | sed -n 's/^uptime_in_seconds://p')

seen master || seen replicas || [ "${up:-0}" -ge "$PATIENCE" ] || {
  echo "neither the primary nor all replicas have answered it"
  exit 1
}
[ "$(own_sentinel set "$MASTER_NAME" down-after-milliseconds 5000 quorum "$majority")" = OK ]
