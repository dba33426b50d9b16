# Whether a node is ready: it is in the majority, and a primary, or has the data of its primary.
. /etc/redis/nodes.sh

[ "$(here ping)" = PONG ] || exit 1
here cluster info | grep -q '^cluster_state:ok' || { echo "it is not in the majority"; exit 1; }
said=$(here info replication | tr -d '\r')
case "$said" in *role:master* | *master_link_status:up*) exit 0 ;; esac

# One that learns from others that its primary has another address goes on asking the earlier one, unless it is told again.
nodes=$(here cluster nodes)
primary=$(echo "$nodes" | myself | cut -d ' ' -f 4)
address=$(echo "$nodes" | awk -v id="$primary" '$1 == id { sub(/:[0-9]+@.*/, "", $2); print $2 }')
echo "$said" | grep -qx "master_host:$address" || here cluster replicate "$primary" > /dev/null
echo "it has no connection to its primary"
exit 1
