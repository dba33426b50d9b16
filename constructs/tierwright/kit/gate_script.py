"""The script of the startup gates, which runs in busybox."""

from __future__ import annotations


def script(*, of_any_server: bool) -> str:
    """The script. `of_any_server`: it connects to services too, and not only to servers that are known to close a connection."""
    return SCRIPT.replace(_UNTIL_CLOSED, _CONNECTED).replace(_READY, f"{CONNECTS}\n{_READY}") if of_any_server else SCRIPT


SCRIPT = r"""# Holds this pod back until what it waits for is ready.
# What the pod needs is asked through its Service, which routes to ready pods only. What only the order of the tiers names is
# asked of the cluster's DNS, without a connection: the Service NAME-ready has an address there while a pod is ready.
# Arguments: names of what this pod needs; behind --tier the tier of which everything else is waited for too, because the
# order of the tiers says so; behind --gates-behind how many gates of this pod follow. The file `targets` beside
# this script says how each is asked: TIER NAME URL, and the URL for the order of the tiers.
set -u
. "${0%/*}/settings"
trap 'exit 143' TERM

for tool in nc wget timeout od; do
  command -v "$tool" > /dev/null || { echo "the gate's image has no $tool; choose another in startup.image" >&2; exit 1; }
done

clock() { # tenths of a second since the node's start, in $now; /proc needs no process
  read -r now _ < /proc/uptime
  fraction=${now#*.}
  now=$((${now%.*} * 10 + ${fraction%?}))
}

pause() { # so many tenths of a second; in the background, so that a deleted pod ends at once
  sleep "$(($1 / 10)).$(($1 % 10))" &
  wait $!
}

two_bytes() { # a number as printf writes it, in $bytes
  bytes="\\$(($1 / 16384))$(($1 / 2048 % 8))$(($1 / 256 % 8))\\$(($1 % 256 / 64))$(($1 / 8 % 8))$(($1 % 8))"
}

ask_dns() { # NAME, TYPE of record: the answer's code, in $code (15: none came), and the number of its records, in $records
  length=17 labels= rest=$1.$domain.
  while [ -n "$rest" ]; do
    label=${rest%%.*} rest=${rest#*.}
    length=$((length + 1 + ${#label}))
    labels="$labels\\$((${#label} / 64))$((${#label} / 8 % 8))$((${#label} % 8))$label"
  done
  two_bytes "$length" && question="$bytes\000\001\001\000\000\001\000\000\000\000\000\000$labels\000"
  two_bytes "$2" && question="$question$bytes\000\001"
  # Over TCP, so that nc knows where the answer ends: its length, an id, flags, the number of questions, and of records.
  set -- $(printf "$question" | timeout 2 nc "$server" 53 2> /dev/null | od -An -tu1 -N10)
  code=$((${6:-15} & 15)) records=$((${9:-0} * 256 + ${10:-0}))
}

listed() { # whether a Service without an address of its own has that of a ready pod
  # Denials are cached, by CoreDNS for up to 30 s; but each for one type of record. So the first question is for a type that
  # does not exist and that nobody has asked for: where the name itself does not exist, the answer says so.
  read -r random < /proc/sys/kernel/random/uuid
  ask_dns "$1" $((0x${random%%-*} % 31744 + 1024))
  case $code in 3 | 15) return 1 ;; esac
  ask_dns "$1" 1
  [ "$records" -gt 0 ] && return
  ask_dns "$1" 28
  [ "$records" -gt 0 ]
}

ready() { # every attempt is bounded
  case $1 in
  dns://*) listed "${1#dns://}" ;;
  tcp://*)
    address=${1#tcp://}
    timeout 2 nc "${address%:*}" "${address##*:}" < /dev/null
    ;;
  *) timeout 2 wget -q -O /dev/null "$1" ;;
  esac > /dev/null 2>&1
}

pace() { # tenths of a second until the next attempt, in $next: a twentieth of the time waited so far, within bounds
  if [ "$behind" -gt 0 ]; then # such gates are many, and open for what does not start for a while
    least=$((POLL_SECONDS * 10)) most=$((POLL_SECONDS * 20))
  else # when the last one opens the program starts
    least=2 most=$((POLL_SECONDS * 10 / 4))
  fi
  next=$(((now - start) / 20))
  [ "$next" -le "$most" ] || next=$most
  [ "$next" -ge "$least" ] || next=$least
}

processors() { # what the node's processors have done since its start, in $total, and of that nothing, in $idle
  read -r _ user nice system idle iowait irq softirq _ < /proc/stat
  idle=$((idle + iowait)) total=$((user + nice + system + idle + irq + softirq))
}

yield() { # to the pods of the node that start their program now; what the next gate waits for is among them
  calm=0 looks=$((behind * 4))
  processors
  while [ "$calm" -lt "$behind" ] && [ "$looks" -gt 0 ]; do
    before=$idle since=$total looks=$((looks - 1))
    pause 5
    processors
    if [ $(((idle - before) * 4)) -ge $((total - since)) ]; then calm=$((calm + 1)); fi
  done
}

look_up() { # NAME, `need` or `order`: how that asks for it, in $url (empty: it is switched off), and for how long, in $patience
  . "${0%/*}/settings"
  url= patience=0
  [ "$2" = need ] || patience=$TIER_PATIENCE
  while read -r _ entry needed ordered _; do
    [ "$entry" != "$1" ] || case $2 in need) url=$needed ;; *) url=$ordered ;; esac
  done < "$targets"
}

wait_for() { # NAME, `need` or `order`
  look_up "$1" "$2"
  tell=$now
  until [ -z "$url" ] || ready "$url"; do
    waited=yes
    clock
    # Somebody may have switched it off meanwhile, or lost patience; pods that wait are not made anew for that.
    if [ "$now" -ge "$tell" ]; then look_up "$1" "$2"; fi
    [ -n "$url" ] || break
    left=$((patience * 10 - (now - start)))
    if [ "$patience" -gt 0 ] && [ "$left" -le 0 ]; then
      echo "WARNING: going on without $url, not ready after $(((now - start) / 10)) s: only the tier order names it"
      return
    fi
    if [ "$now" -ge "$tell" ]; then
      echo "waiting for $url since $(((now - start) / 10)) s"
      tell=$((now + 150))
    fi
    pace
    if [ "$patience" -gt 0 ] && [ "$next" -gt "$left" ]; then next=$left; fi
    pause "$next"
  done
  if [ -z "$url" ]; then
    echo "$1 is switched off"
    return
  fi
  clock
  echo "$url is ready after $(((now - start) / 10)) s"
}

server= domain=
while read -r word first _; do
  case $word in
  nameserver) server=${server:-$first} ;;
  search) domain=$first ;; # the namespace's own, NAMESPACE.svc.CLUSTER
  esac
done < /etc/resolv.conf

targets=${0%/*}/targets
needs=
tier=
behind=0
while [ $# -gt 0 ]; do
  case $1 in
  --tier) tier=$2 && shift ;;
  --gates-behind) behind=$2 && shift ;;
  *) needs="$needs $1" ;;
  esac
  shift
done

waited=
clock
start=$now
for need in $needs; do wait_for "$need" need; done
[ -z "$tier" ] || while read -r of name _ <&3; do
  case " $needs " in *" $name "*) continue ;; esac
  [ "$of" != "$tier" ] || wait_for "$name" order
done 3< "$targets"
# A pod that starts alone finds everything ready, and loses no time here.
if [ "$behind" -gt 0 ] && [ -n "$waited" ]; then yield; fi
"""

_READY = "ready() {"

_UNTIL_CLOSED = 'timeout 2 nc "${address%:*}" "${address##*:}" < /dev/null'
"""A connection that the server closes once the gate has said nothing."""

_CONNECTED = 'connects "${address%:*}" "${address##*:}"'

CONNECTS = r"""connects() { # HOST, PORT; whether a connection comes about, also with a server that keeps it when nothing is said
  case $to_connect in
  -z) timeout 2 nc -z "$1" "$2" ;;
  -e) timeout 2 nc "$1" "$2" -e true ;; # runs it once it is connected
  *) # waits for the server, so it is stopped in the end; but if it cannot connect it gives up before that
    timeout 2 nc -w 1 "$1" "$2"
    set -- $?
    [ "$1" = 0 ] || [ "$1" -ge 124 ]
    ;;
  esac < /dev/null
}

case $(nc -z 127.0.0.1 1 2>&1 < /dev/null) in
*"[-e PROG]"*) to_connect=-e ;;
*[Uu]sage* | *nvalid* | *nrecognized*) to_connect= ;;
*) to_connect=-z ;;
esac
"""
