# Whether a node has its place in the cluster; until it has, do the next step towards that. Each step may be repeated.
. /etc/redis/nodes.sh

SLOTS=16384
PRIMARIES=$((MEMBERS / 2))

[ "$(here ping)" = PONG ] || exit 1

# Meet the others by their names: the addresses that a node remembers are those of pods that may have gone.
nodes=$(here cluster nodes)
for host in $members; do
  [ "$host" != "$own" ] || continue
  address=$(getent hosts "$host" | awk '{ print $1; exit }')
  [ -n "$address" ] || continue
  met=$(echo "$nodes" | awk -v host="$host" -v address="$address:" '
    { split($2, at, ",") }
    at[2] == host && index(at[1], address) == 1 && $3 !~ /fail|handshake/ && $8 == "connected"')
  [ -n "$met" ] || here cluster meet "$address" "$PORT" "$BUS_PORT" > /dev/null
done

known=$(echo "$nodes" | awk '$3 !~ /handshake|noaddr/' | wc -l)
[ "$known" -ge "$MEMBERS" ] || { echo "it knows $known of $MEMBERS nodes"; exit 1; }

# The first node gives the slots to the first half of the nodes, where none has any data.
assigned() { here cluster info | tr -d '\r' | sed -n 's/^cluster_slots_assigned://p'; }
if [ "$(assigned)" != "$SLOTS" ]; then
  [ "$own" = "$name-0.$NODES" ] || { echo "nobody has all slots yet"; exit 1; }
  for host in $members; do
    [ "$(ask "$host" "$PORT" ping)" = PONG ] || { echo "waiting for $host"; exit 1; }
    if ask "$host" "$PORT" info keyspace | grep -q '^db'; then
      echo "$host has data, but nobody has all slots: see docs/redis.md"
      exit 1
    fi
  done
  number=0
  while [ "$number" -lt "$PRIMARIES" ]; do
    first=$((SLOTS * number / PRIMARIES)) last=$((SLOTS * (number + 1) / PRIMARIES - 1))
    ask "$name-$number.$NODES" "$PORT" cluster addslotsrange "$first" "$last" > /dev/null
    number=$((number + 1))
  done
  exit 1
fi

# A node without slots copies a primary that nobody copies; that of its own place in the other half, if it can. It asks again who has
# slots: by what it knew before, two nodes could copy the one primary that they knew of, and nobody another one.
nodes=$(here cluster nodes)
line=$(echo "$nodes" | myself)
id=${line%% *}
case "$line" in
  *myself,master*)
    if [ "$(echo "$line" | wc -w)" -le 8 ]; then
      partner="$name-$(((${POD_NAME##*-} + PRIMARIES) % MEMBERS)).$NODES"
      alone=$(echo "$nodes" | awk -v partner="$partner" '
        $3 ~ /master/ && $3 !~ /fail|handshake/ && NF > 8 { split($2, at, ","); primary[$1] = at[2] }
        $3 !~ /fail|handshake/ { copied[$4] = 1 }
        END { for (id in primary) if (!(id in copied)) print (primary[id] == partner ? 0 : 1), id }' | sort | head -n 1)
      [ -n "$alone" ] || { echo "it has no slots, and every primary has a replica"; exit 1; }
      here cluster replicate "${alone#* }" > /dev/null
      exit 1
    fi
    ;;
esac

# One of its name that was there before has lost its volume, and never returns.
of_own_name='{ split($2, at, ",") } at[2] == own && $1 != id && $3 ~ /fail/ { print $1 }'
for lost in $(echo "$nodes" | awk -v id="$id" -v own="$own" "$of_own_name"); do
  for host in $members; do ask "$host" "$PORT" cluster forget "$lost" > /dev/null; done
done

exec sh /etc/redis/ready.sh
