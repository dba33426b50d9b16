# Whether a server is ready: it is the primary, or has the primary's data.
. /etc/redis/common.sh

[ "$(ask 127.0.0.1 "$PORT" ping)" = PONG ] || exit 1
said=$(ask 127.0.0.1 "$PORT" info replication | tr -d '\r')
case "$said" in
  *role:master*) [ -e /data/.led ] || : > /data/.led; over=/data/.new ;;
  *master_link_status:up*) over="/data/.new /data/.led" ;;
  *) echo "it has no connection to the primary"; exit 1 ;;
esac
# A copy is in memory first. A server that ended now would have nothing again, or what it had as the primary (server.sh).
for mark in $over; do
  [ -e "$mark" ] || continue
  case "$(ask 127.0.0.1 "$PORT" info persistence)" in
    *aof_rewrite_in_progress:0*aof_rewrite_scheduled:0*) rm -f "$mark" ;;
    *) echo "it writes the primary's data to its volume"; exit 1 ;;
  esac
done
# From now on its position says how far it is, and no longer what it started with (server.sh). One set by hand stays.
case "$(echo "$said" | sed -n 's/^slave_priority://p')" in
  0 | ????*) ask 127.0.0.1 "$PORT" config set replica-priority 100 > /dev/null ;;
esac
