# Whether a server is ready: it is the primary, or has the primary's data.
. /etc/redis/common.sh

[ "$(ask 127.0.0.1 "$PORT" ping)" = PONG ] || exit 1
said=$(ask 127.0.0.1 "$PORT" info replication | tr -d '\r')
case "$said" in
  *role:master*) ;;
  *master_link_status:up*) ;;
  *) echo "it has no connection to the primary"; exit 1 ;;
esac
# From now on its position says how far it is, and no longer what it started with (server.sh). One set by hand stays.
case "$(echo "$said" | sed -n 's/^slave_priority://p')" in
  0 | ????*) ask 127.0.0.1 "$PORT" config set replica-priority 100 > /dev/null ;;
esac
