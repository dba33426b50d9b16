# Become the server of a member: the primary, or a replica of it, as the sentinels say. A server never takes a role by itself.
. /etc/redis/sentinels.sh

# Longer than sentinels look for replicas (looked-round.sh).
PATIENCE=60

# How many sentinels answer, and how many replicas they know of altogether.
survey() {
  ask_sentinels info sentinel | awk -F '[=,]' '
    /^master[0-9]+:name=/ { answered++; for (i = 1; i < NF; i++) if ($i == "slaves") known += $(i + 1) }
    END { print answered + 0, known + 0 }'
}

until named=$(primary) && [ -n "$named" ]; do
  [ -n "${waiting:-}" ] || echo "waiting until $majority sentinels say who is the primary"
  waiting=yes
  sleep 1
done

# Files alone say nothing: a server makes empty ones, and may end before it has the primary's data in them (ready.sh).
new=
[ -e /data/appendonlydir ] || [ -e /data/dump.rdb ] || : > /data/.new
[ ! -e /data/.new ] || new=yes

# Named itself, it was the primary when it ended. Its replicas may have more than it wrote to its volume: so one of them takes
# over, unless nobody knows of any, or they have ended too and have no more.
may_lead() {
  read -r answered known << END
$(survey)
END
  [ "$known" = 0 ] && [ "$answered" -ge "$MEMBERS" ]
}

# When its volume was last written to, as a priority: the later, the smaller. Sentinels know no position of a replica that started
# without a primary, and go by this. It counts hundredths of a second, of which a priority has room for 248 days: since the half of
# that before the present one began. What is older counts as written to then.
NEVER=2147483647
priority() {
  ls -t /data/appendonlydir/*.incr.aof 2> /dev/null | head -n 1 | xargs -r stat -c '%Y %y' |
    awk -F '[ .]' -v now="$(date +%s)" -v half=10713600 -v never="$NEVER" '
      { last = ($1 - (int(now / half) - 1) * half) * 100 + substr($4, 1, 2) }
      END { printf "%.0f\n", never - (last < 0 ? 0 : last > 2147480000 ? 2147480000 : last) }'
}

# Until it has a role (ready.sh), it is the first such moment that counts: a server may write to its volume just because it starts.
last=$(cat /data/.priority 2> /dev/null)
[ -n "$last" ] || { last=$(priority); echo "$last" > /data/.priority; }

# Whether all others have started anew, too, and have not been ready since, and none was written to later. Then it has all that they have,
# as it writes first; which of them has more, hundredths of a second may not tell.
has_most() {
  [ -z "$new" ] && [ "$last" -lt "$NEVER" ] || return 1
  for host in $members; do
    [ "$host" != "$own" ] || continue
    theirs=$(told "$host" replication slave_priority)
    [ "${theirs:-0}" -ge "$last" ] || return 1
  done
}

# Without data it never leads while anybody knows of a replica: it would take theirs from them.
end=$(($(date +%s) + PATIENCE))
until [ "$named" != "$own" ] || may_lead || has_most; do
  [ -n "$new" ] || [ "$(date +%s)" -lt "$end" ] || break
  [ -n "${heirs:-}" ] || echo "it was the primary: waiting for one of its replicas to take over"
  heirs=waiting
  sleep 1
  found=$(primary)
  named=${found:-$named}
done

{
  cat /etc/redis/redis.conf
  echo "maxmemory $((MEMORY_LIMIT / 100 * MAX_MEMORY_PERCENT))"
  echo "replica-announce-ip $own"
  echo "replica-announce-port $PORT"
  if [ "$named" != "$own" ]; then
    echo "replicaof $named $PORT"
    # Until it has had the primary's data (ready.sh). Without data, nobody may make it the primary. One that was the primary comes last:
    # another one may have taken writes since, even if this one deleted keys later because their time had come.
    echo "replica-priority $(if [ -n "$new" ]; then echo 0; elif [ -e /data/.led ]; then echo "$NEVER"; else echo "$last"; fi)"
  else
    rm -f /data/.new
    # Until most sentinels see it (seen.sh): one may have begun a takeover meanwhile, and what it took would be lost.
    echo "min-replicas-to-write $NO_WRITES"
  fi
  users
} > /run/redis/redis.conf
echo "starting: the primary is $named"
exec redis-server /run/redis/redis.conf
