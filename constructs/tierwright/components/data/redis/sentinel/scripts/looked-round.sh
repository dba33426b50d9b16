# Whether a sentinel has looked round: the primary has answered it, or all replicas have. From then on a server that is silent for
# five seconds is lost. Where all have ended, one that did not look round would choose the first replica that is back, and another
# one may have more.
. /etc/redis/sentinels.sh

sentinel() { ask 127.0.0.1 "$SENTINEL_PORT" sentinel "$@"; }

# Whether all of these are connected, and have told what they are and which priority they have.
seen() {
  sentinel "$1" "$MASTER_NAME" | awk '
    $0 == "flags" { getline; found++; if ($0 != "master" && $0 != "slave") away++ }
    $0 == "info-refresh" { getline; if ($0 == 0) away++ }
    END { exit found == 0 || away > 0 }'
}

seen master || seen replicas || {
  echo "neither the primary nor all replicas have answered it"
  exit 1
}
[ "$(sentinel set "$MASTER_NAME" down-after-milliseconds 5000)" = OK ]
