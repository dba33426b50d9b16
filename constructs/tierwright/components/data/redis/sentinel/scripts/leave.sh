# Before a server ends: if it is the primary, a replica with all of its data takes over, or LIMIT seconds have passed.
. /etc/redis/sentinels.sh

LIMIT=15

[ "$(ask 127.0.0.1 "$PORT" role | head -n 1)" = master ] || exit 0

# Nobody writes from now on, while the replicas catch up and one of them is chosen: so all that was acknowledged is there.
ask 127.0.0.1 "$PORT" client pause $((LIMIT * 2000)) write > /dev/null
end=$(($(date +%s) + LIMIT)) asked=
while [ "$(date +%s)" -lt "$end" ]; do
  # One sentinel alone is asked, as long as it can: it says INPROG while it is at it, and begins again where that came to nothing.
  for host in $asked $members; do
    asked=
    [ "$host" != "$own" ] || continue
    case "$(ask "$host" "$SENTINEL_PORT" sentinel failover "$MASTER_NAME")" in
      OK | INPROG*) asked=$host && break ;;
    esac
  done
  named=$(primary)
  [ "${named:-$own}" = "$own" ] || exit 0
  sleep 0.2
done
ask 127.0.0.1 "$PORT" client unpause > /dev/null
