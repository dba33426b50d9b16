# Puts the snapshot that was fetched in the place of a server's data: NUMBER is the server's. No server runs.
. /etc/backup/redis.sh

restored=/data/.restored
if [ "$(cat "$restored" 2> /dev/null)" = "$SNAPSHOT" ] && [ -z "$(find /data -type f -newer "$restored")" ]; then
  echo "it is restored to $SNAPSHOT already, and no server has run since"
  exit
fi

file=/tmp/snapshot/all.rdb
case "$TOPOLOGY" in
  sentinel)
    # The first one is the primary, as at a first start, and the others copy its data.
    [ "$NUMBER" = 0 ] || file=
    ;;
  cluster)
    [ -e /data/nodes.conf ] || fail "this node has never been in a cluster: start it without a restore first, and wait until it is ready"
    own=$(nodes < /data/nodes.conf | grep ' myself,') || fail "/data/nodes.conf does not say which node this is"
    case "$own" in *" myself,slave"*) own=$(nodes < /data/nodes.conf | grep "^$(echo "$own" | cut -d ' ' -f 4) ") ;; esac
    parts=$(echo "$own" | cut -d ' ' -f 5)
    [ -n "$parts" ] || fail "this node has no part of the keys"
    file=/tmp/snapshot/$parts.rdb
    [ -e "$file" ] || fail "the snapshot has no file for the parts $parts of the keys, which this node has; it has:" \
      "$(cd /tmp/snapshot && ls -- *.rdb | tr '\n' ' ')"
    ;;
esac
[ -z "$file" ] || whole "$file"

made=/data/.restoring
rm -rf "$made"
mkdir "$made"
if [ -n "$file" ]; then
  # What begins an append-only file may be a snapshot. A server without one reads dump.rdb.
  mkdir "$made/appendonlydir"
  cp "$file" "$made/appendonlydir/appendonly.aof.1.base.rdb"
  echo "file appendonly.aof.1.base.rdb seq 1 type b" > "$made/appendonlydir/appendonly.aof.manifest"
  cp "$file" "$made/dump.rdb"
  sync
fi
before=/data/before-$(date -u +%Y%m%dT%H%M%SZ)
for old in appendonlydir dump.rdb sentinel.conf; do
  [ -e "/data/$old" ] || continue
  mkdir -p "$before"
  mv "/data/$old" "$before/$old"
  echo "what was there is in $before/$old"
done
for new in appendonlydir dump.rdb; do
  [ ! -e "$made/$new" ] || mv "$made/$new" "/data/$new"
done
rm -rf "$made"
rm -f /data/.new /data/.led /data/.priority # what a server noted of the earlier data is not true of this
echo "$SNAPSHOT" > "$restored"
sync
echo "restored to $SNAPSHOT"
