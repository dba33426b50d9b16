# Whether a server is ready: it is the primary, or has the primary's data.
. /etc/redis/common.sh

[ "$(ask 127.0.0.1 "$PORT" ping)" = PONG ] || exit 1
said=$(ask 127.0.0.1 "$PORT" info replication | tr -d '\r')
case "$said" in
  *role:master*) ;;
  *master_link_status:up*) ;;
  *) echo "it has no connection to the primary"; exit 1 ;;
esac
# A copy is in memory first. One that ended now would have nothing again.
if [ -e /data/.new ]; then
  case "$(ask 127.0.0.1 "$PORT" info persistence)" in
    *aof_rewrite_in_progress:0*aof_rewrite_scheduled:0*) rm -f /data/.new ;;
    *) echo "it writes the primary's data to its volume"; exit 1 ;;
  esac
fi
# From now on its position says how far it is, and no longer what it started with (server.sh). One set by hand stays.
case "$(echo "$said" | sed -n 's/^slave_priority://p')" in
  0 | ????*) ask 127.0.0.1 "$PORT" config set replica-priority 100 > /dev/null ;;
esac
