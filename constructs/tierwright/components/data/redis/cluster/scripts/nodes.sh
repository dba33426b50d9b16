# What the scripts of this folder know of the cluster's nodes, which reach one another on BUS_PORT.
. /etc/redis/common.sh

here() { ask 127.0.0.1 "$PORT" "$@"; }

# The fields of the line of `cluster nodes` that is about the server itself.
myself() { awk '$3 ~ /myself/'; }

# Those who copy the node $1 and are not known to be lost: their names.
replicas_of() { awk -v id="$1" '$4 == id && $3 !~ /fail|handshake|noaddr/ { split($2, at, ","); print at[2] }'; }
