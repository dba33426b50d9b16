# Before a server ends: if it is the primary, a replica with all of its data takes over, or LIMIT seconds have passed.
. /etc/redis/sentinels.sh

LIMIT=15

[ "$(ask 127.0.0.1 "$PORT" role | head -n 1)" = master ] || exit 0

# Nobody writes from now on, while the replicas catch up and one of them is chosen: so all that was acknowledged is there.
ask 127.0.0.1 "$PORT" client pause $((LIMIT * 2000)) write > /dev/null
end=$(($(date +%s) + LIMIT)) begun=
while [ "$(date +%s)" -lt "$end" ]; do
  for host in $members; do
    [ -z "$begun" ] && [ "$host" != "$own" ] || continue
    [ "$(ask "$host" "$SENTINEL_PORT" sentinel failover "$MASTER_NAME")" != OK ] || begun=yes
  done
  named=$(primary)
  [ "${named:-$own}" = "$own" ] || exit 0
  sleep 0.2
done
ask 127.0.0.1 "$PORT" client unpause > /dev/null
