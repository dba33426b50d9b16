# Whether a server is ready: it is the primary, or has the primary's data.
. /etc/redis/common.sh

[ "$(ask 127.0.0.1 "$PORT" ping)" = PONG ] || exit 1
said=$(ask 127.0.0.1 "$PORT" info replication | tr -d '\r')
case "$said" in
  *role:master*) primary=yes ;;
  *master_link_status:up*) primary= ;;
  *) echo "it has no connection to the primary"; exit 1 ;;
esac

# Whether what it copied is on its volume. A copy is in memory first.
written() {
  case "$(ask 127.0.0.1 "$PORT" info persistence)" in
    *aof_rewrite_in_progress:0*aof_rewrite_scheduled:0*) true ;;
    *) false ;;
  esac
}

# One that ended before would have nothing again.
if [ -e /data/.new ]; then
  written || { echo "it writes the primary's data to its volume"; exit 1; }
  rm -f /data/.new
fi
# From now on its position says how far it is, and no longer what it started with (server.sh). One set by hand stays.
rm -f /data/.priority
case "$(echo "$said" | sed -n 's/^slave_priority://p')" in
  0 | ????*) ask 127.0.0.1 "$PORT" config set replica-priority 100 > /dev/null ;;
esac
# One that ended before it has another one's data on its volume would have what it had as the primary.
if [ -n "$primary" ]; then
  [ -e /data/.led ] || echo > /data/.led || true # a full volume makes nobody unready
elif [ -e /data/.led ]; then
  ! written || rm -f /data/.led
fi
