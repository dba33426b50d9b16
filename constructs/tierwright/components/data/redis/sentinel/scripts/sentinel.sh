# Become the sentinel of a member. What it has agreed on with the others is in its file on the volume, which it writes itself:
# one that forgot how it voted could vote twice.
. /etc/redis/sentinels.sh

file=/data/sentinel.conf
# Services may ask who is the primary, and nothing that changes it; a member tells another one so by publishing.
asked="+@all -@dangerous -publish +info +role +sentinel|get-master-addr-by-name +sentinel|master +sentinel|masters"
asked="$asked +sentinel|replicas +sentinel|slaves +sentinel|sentinels +sentinel|ckquorum"
first="$name-0.$NODES"

# Its own name, and that of the primary of a first start, are asked when it starts.
until getent hosts "$own" > /dev/null && { [ -e "$file" ] || getent hosts "$first" > /dev/null; }; do sleep 1; done

# On a full volume the file stays as it was: a sentinel that forgot everything would name the first server again.
set -e
{
  echo "port $SENTINEL_PORT"
  echo "dir /tmp"
  echo "protected-mode no"
  echo "sentinel resolve-hostnames yes"
  echo "sentinel announce-hostnames yes"
  echo "sentinel announce-ip $own"
  echo "sentinel announce-port $SENTINEL_PORT"
  known=$(grep -s "^sentinel monitor $MASTER_NAME " "$file" | cut -d ' ' -f 4,5)
  # More than there are would have to agree that it is lost, until this one has looked round (looked-round.sh).
  echo "sentinel monitor $MASTER_NAME ${known:-$first $PORT} $((MEMBERS + 1))"
  kept="config-epoch|leader-epoch|known-replica|known-sentinel"
  # A replica without a port was a backup, which copied from the primary.
  grep -sE "^sentinel (myid|current-epoch|($kept) $MASTER_NAME) " "$file" | grep -v "^sentinel known-replica .* 0$" || true
  # Longer than usual until it has looked round. After half of it, it asks DNS again for one that does not answer.
  echo "sentinel down-after-milliseconds $MASTER_NAME 10000"
  echo "sentinel failover-timeout $MASTER_NAME 10000"
  echo "sentinel parallel-syncs $MASTER_NAME 1"
  password=$(member_password)
  echo "sentinel auth-user $MASTER_NAME member"
  echo "sentinel auth-pass $MASTER_NAME $password"
  echo "sentinel sentinel-user member"
  echo "sentinel sentinel-pass $password"
  user default "$REDISCLI_AUTH" "&* $asked"
  user member "$password" "~* &* +@all"
} > "$file.new"
mv "$file.new" "$file"
exec redis-server "$file" --sentinel
