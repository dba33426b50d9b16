"""The functions with which containers wait in a Swarm before their programs, for any POSIX shell."""

from __future__ import annotations

from tierwright.kit.gate_script import CONNECTS

SCRIPT = (
    r"""# What a container does before its program, because a Swarm knows no order of a start.
# A task has an address there only while it is healthy: whatever takes a connection at its name is ready.
# What sets variables does so in a shell of its own, ( ... ): a variable that the program has of the same name would change with it.

clock() { # seconds since the machine's start, in $now; /proc needs no process
  read -r now _ < /proc/uptime
  now=${now%.*}
}

wait_for() ( # SECONDS after which to go on without (0: never), HOST:PORT...
  find_connects "$@"
  patience=$1
  shift
  clock
  begun=$now
  for address; do
    tell=$now
    until connects "${address%:*}" "${address##*:}" > /dev/null 2>&1; do
      clock
      if [ "$patience" -gt 0 ] && [ $((now - begun)) -ge "$patience" ]; then
        echo "WARNING: going on without $address, not ready after $((now - begun)) s: only the tier order names it"
        continue 2
      fi
      if [ "$now" -ge "$tell" ]; then
        echo "waiting for $address since $((now - begun)) s"
        tell=$((now + 15))
      fi
      sleep 1
    done
    clock
    echo "$address is ready after $((now - begun)) s"
  done
)

wait_to_write() ( # FOLDER...: until they belong to the user of the program
  for folder; do
    until [ -w "$folder" ]; do
      echo "waiting for a folder to write to: $folder"
      sleep 1
    done
  done
)

has() {
  command -v "$1" > /dev/null
}

nc_only_connects() { # some have no -z, and wait for what the server says
  has nc && has timeout || return 1
  case $(nc -z 127.0.0.1 1 2>&1 < /dev/null) in *[Uu]sage* | *nvalid* | *nrecognized*) return 1 ;; esac
}

find_connects() { # SECONDS, HOST:PORT...: makes the function with which they are asked, of what the image has
if has bash && has timeout; then
connects() { # HOST, PORT; whether a connection comes about
  timeout 2 bash -c 'exec 3<> "/dev/tcp/$0/$1"' "$1" "$2"
}
elif nc_only_connects; then
connects() {
  timeout 2 nc -z "$1" "$2"
}
elif has python3; then
connects() {
  python3 -c 'import socket, sys; socket.create_connection(sys.argv[1:], 2)' "$1" "$2"
}
elif has node; then
connects() {
  node -e '
    const { connect } = require("net"), [port, host] = process.argv.slice(1)
    connect(port, host, () => process.exit(0)).on("error", () => process.exit(1)).setTimeout(2000, () => process.exit(1))
  ' "$2" "$1"
}
elif has curl; then
connects() {
  case $(curl -s -m 2 --noproxy '*' -o /dev/null -w '%{time_connect}' "http://$1:$2/") in 0.000000) return 1 ;; esac
}
elif has wget && case $(wget --version 2> /dev/null) in "GNU Wget"*) ;; *) false ;; esac; then
connects() { # its exit code does not tell those who are silent from those who are absent
  case $(LC_ALL=C wget --no-proxy -t 1 -T 2 -O /dev/null "http://$1:$2/" 2>&1) in *"... connected."*) ;; *) return 1 ;; esac
}
elif has nc && has timeout; then
"""
    + CONNECTS
    + r"""else
  shift
  echo "this image has no bash, nc, python3, node, curl or GNU wget, one of which would tell when these are ready: $*" >&2
  exit 1
fi
}
"""
)
