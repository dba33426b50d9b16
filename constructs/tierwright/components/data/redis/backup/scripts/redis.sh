# What the scripts have in common that copy the data of Redis and put it back.
set -eu
umask 077
export LC_ALL=C

fail() {
  echo "error: $*" >&2
  exit 1
}

whole() { # FILE: it is a snapshot to its last byte
  redis-check-rdb "$1" > /tmp/said 2>&1 || fail "$1 is no whole snapshot: $(tail -n 1 /tmp/said)"
}

# Of the lines of `cluster nodes`, or of nodes.conf: id, host, flags, the id of the primary, and the parts of the keys, 0-5460, with
# underscores between several; nothing of nodes that have failed.
nodes() {
  tr -d '\r' | awk '$3 ~ /master|slave/ && $3 !~ /fail/ {
    split($2, address, ",")
    parts = ""
    for (i = 9; i <= NF; i++) if ($i !~ /^\[/) parts = parts (parts == "" ? "" : "_") $i
    print $1, address[2], $3, $4, parts
  }'
}
