# Become the server of a node. Its role is in its own file on the volume (nodes.conf), but for what happened while it was away.
. /etc/redis/nodes.sh

PATIENCE=15

# A primary that ended may have taken what it had not yet written to its volume, and its replica has. So the replica takes over,
# unless the others know of none, or too few primaries are there to elect it.
may_be_primary() {
  for host in $members; do
    [ "$host" != "$own" ] || continue
    nodes=$(ask "$host" "$PORT" cluster nodes) || continue
    line=$(echo "$nodes" | awk -v id="$id" '$1 == id')
    # A name may have such words in it, too.
    case "$(echo "$line" | cut -d ' ' -f 3)" in *slave* | "") return 0 ;; esac
    [ "$(echo "$line" | wc -w)" -gt 8 ] || return 0
    [ -n "$(echo "$nodes" | replicas_of "$id")" ] || return 0
    voters=$(echo "$nodes" | awk -v id="$id" '$1 != id && $3 ~ /master/ && $3 !~ /fail/ && $8 == "connected" && NF > 8' | wc -l)
    [ "$voters" -gt $((MEMBERS / 4)) ] || return 0
    return 1
  done
  return 1
}

if [ -e /data/nodes.conf ]; then
  line=$(myself < /data/nodes.conf)
  id=${line%% *}
  case "$line" in
    *myself,master*)
      end=$(($(date +%s) + PATIENCE))
      while ! may_be_primary && [ "$(date +%s)" -lt "$end" ]; do
        [ -n "${waiting:-}" ] || echo "it was a primary: waiting for its replica to take over"
        waiting=yes
        sleep 1
      done
      ;;
  esac
fi

{
  cat /etc/redis/redis.conf
  echo "maxmemory $((MEMORY_LIMIT / 100 * MAX_MEMORY_PERCENT))"
  # The address is that of the pod, and another one each time; clients are told the name.
  echo "cluster-announce-ip $POD_IP"
  echo "cluster-announce-hostname $own"
  users
} > /run/redis/redis.conf
exec redis-server /run/redis/redis.conf
