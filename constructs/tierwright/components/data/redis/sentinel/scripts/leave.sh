# Before a server ends: if it is the primary, a replica with all of its data takes over, or LIMIT seconds have passed.
. /etc/redis/sentinels.sh

LIMIT=15

# For so many seconds a sentinel that was asked may be silent before another one is asked.
PATIENCE=5

# A primary that is busy may be silent for some seconds. One that has not started refuses at once.
role=
for _ in 1 2 3; do
  [ -n "$role" ] || role=$(ask 127.0.0.1 "$PORT" role | head -n 1)
done
[ "$role" = master ] || exit 0

# What a sentinel takes this server for: the primary, one that it is replacing, or one that it or another sentinel has replaced.
# Nothing where it does not answer.
view() {
  known_to "$1" master | awk -v own="$own" '
    $1 == "ip" { view = $2 == own ? "primary" : "replaced" }
    $1 == "flags" && view == "primary" && /failover_in_progress/ { view = "replacing" }
    END { print view }'
}

# The replicas that a sentinel may choose. It goes by what it heard last, and takes one that has lost its primary for as good as
# another one for 50 seconds.
candidates() {
  known_to "$1" replicas | awk '
    $1 == "ip" { host = $2 }
    $1 == "flags" { there = $2 == "slave" }
    $1 == "slave-priority" && there && $2 > 0 { print host }'
}

# How far a replica is that copies from this server; nothing for another server, or one that does not answer.
copied() {
  ask "$1" "$PORT" info replication | tr -d '\r' | awk -F : -v own="$own" '
    { said[$1] = $2 }
    END { if (said["master_host"] == own && said["master_link_status"] == "up") print said["slave_repl_offset"] }'
}

# Whether a sentinel can only choose a replica that has all that this server had when writers were held back. Where one has, those
# that do not even copy from this server are ruled out until they do again (ready.sh); the sentinel knows after a second.
chooses_well() {
  chosen= behind= apart=
  for host in $(candidates "$1"); do
    offset=$(copied "$host")
    if [ -z "$offset" ]; then
      apart="$apart $host"
    elif [ -n "$position" ] && [ "$offset" -ge "$position" ]; then
      chosen=$host
    else
      behind=$host
    fi
  done
  [ -n "$chosen" ] || return 1
  for host in $apart; do ask "$host" "$PORT" config set replica-priority 0 > /dev/null; done
  [ -z "$behind$apart" ]
}

# Whether a sentinel is at it, or has done it. Asked once more after that, it would choose this server again, which is ending.
at_it() {
  case "$(view "$1")" in
    primary)
      chooses_well "$1" || return 1
      case "$(ask "$1" "$SENTINEL_PORT" sentinel failover "$MASTER_NAME")" in OK | INPROG*) ;; *) return 1 ;; esac
      ;;
    replacing) ;;
    replaced) [ "$1" = "$asked" ] ;; # of others it may be old news: the role may have come back here since
    *) return 1 ;;
  esac
}

# Nobody writes any more, while the replicas catch up and one of them is chosen: so all that was acknowledged is there. It stays so to
# the end: a replica that confirmed more would drop it when it follows the next primary a moment later. Most takeovers are done after
# two seconds, for which writes wait; then they are refused. What sentinels tell one another through this server waits with the
# writes, and after five seconds they would take it for lost.
ask 127.0.0.1 "$PORT" client pause 4000 write > /dev/null
(sleep 2; ask 127.0.0.1 "$PORT" config set min-replicas-to-write "$NO_WRITES") > /dev/null 2>&1 &

end=$(($(date +%s) + LIMIT)) asked= heard= position=
while [ "$(date +%s)" -lt "$end" ]; do
  [ -n "$position" ] || position=$(told 127.0.0.1 replication master_repl_offset)
  # One sentinel alone is asked, as long as it answers and can. One that falls silent may still be at it.
  others=$members
  [ -z "$asked" ] || [ "$(date +%s)" -ge $((heard + PATIENCE)) ] || others=
  for sentinel in $asked $others; do
    [ "$(date +%s)" -lt "$end" ] || break
    [ "$sentinel" != "$own" ] && at_it "$sentinel" && asked=$sentinel heard=$(date +%s) && break
  done
  named=$(primary)
  # Its word is enough where no other one answers.
  [ -n "$named" ] || [ -z "$asked" ] || named=$(majority=1 && primary)
  case "$named" in *"$own"* | "") ;; *) exit 0 ;; esac
  sleep 0.2
done
