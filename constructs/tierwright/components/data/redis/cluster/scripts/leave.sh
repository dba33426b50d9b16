# Before a node ends: if it is a primary, its replica takes over with all of its data, or LIMIT seconds have passed.
. /etc/redis/nodes.sh

LIMIT=15

is_primary() { [ "$(here role | head -n 1)" = master ]; }

is_primary || exit 0
id=$(here cluster myid)
end=$(($(date +%s) + LIMIT)) next=0
while is_primary && [ "$(date +%s)" -lt "$end" ]; do
  # One that is asked gives up after five seconds; nothing is lost by asking again.
  if [ "$(date +%s)" -ge "$next" ]; then
    heir=$(here cluster nodes | replicas_of "$id" | head -n 1)
    [ -z "$heir" ] || ask "$heir" "$PORT" cluster failover > /dev/null
    next=$(($(date +%s) + 6))
  fi
  sleep 0.2
done
exit 0
