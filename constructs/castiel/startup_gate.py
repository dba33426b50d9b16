"""Startup gates: init containers that hold a pod back until what it waits for is ready."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from castiel.cdk import Construct, k8s
from castiel.manifest import Identity, Manifest
from castiel.model.graph import Wait
from castiel.model.platform import Platform
from castiel.pods import CONTAINER_SECURITY, resources

NAME = "startup-gate"
VOLUME: Manifest = {"name": NAME, "configMap": {"name": NAME}}
_MOUNT_PATH = "/startup-gate"

SCRIPT = """\
# Holds this pod back until what it waits for is ready. It asks the Services, which route to ready pods only.
# Arguments: targets, tcp://HOST:PORT or http://HOST:PORT/PATH; behind --order-only those that only the tier order names.
# --gates-behind=N: so many gates of this pod follow.
set -u
. "${0%/*}/settings"
trap 'exit 143' TERM

for tool in nc wget timeout; do
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

ready() { # every attempt is bounded
  case $1 in
  tcp://*)
    address=${1#tcp://}
    timeout 2 nc "${address%:*}" "${address##*:}" < /dev/null
    ;;
  *) timeout 2 wget -q -O /dev/null "$1" ;;
  esac > /dev/null 2>&1
}

pace() { # tenths of a second until the next attempt, in $next
  next=$((POLL_SECONDS * 10))
  # When the last gate opens the program starts: it loses no more than a twentieth of the time that it has waited.
  if [ "$behind" -eq 0 ] && [ $(((now - start) / 20)) -lt "$next" ]; then
    next=$(((now - start) / 20))
    [ "$next" -ge 2 ] || next=2
  fi
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

behind=0
patience=0
waited=
clock
start=$now
for target; do
  case $target in
  --gates-behind=*) behind=${target#*=} && continue ;;
  --order-only) patience=$((TIER_PATIENCE * 10)) && continue ;;
  esac
  tell=$now
  until ready "$target"; do
    waited=yes
    clock
    if [ "$patience" -gt 0 ] && [ $((now - start)) -ge "$patience" ]; then
      echo "WARNING: going on without $target, not ready after $(((now - start) / 10)) s: only the tier order names it"
      continue 2
    fi
    if [ "$now" -ge "$tell" ]; then
      echo "waiting for $target since $(((now - start) / 10)) s"
      tell=$((now + 150))
    fi
    pace
    pause "$next"
  done
  clock
  echo "$target is ready after $(((now - start) / 10)) s"
done
# A pod that starts alone finds everything ready, and loses no time here.
if [ "$behind" -gt 0 ] && [ -n "$waited" ]; then yield; fi
"""


class StartupGateScript(k8s.KubeConfigMap):
    """The ConfigMap with the script that all gates run, and its settings: a change of those restarts no pod."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform) -> None:
        identity = Identity(platform, NAME, component="startup")
        startup = platform.values.startup
        settings = f"POLL_SECONDS={startup.poll_seconds}\nTIER_PATIENCE={startup.tier_patience}\n"
        super().__init__(scope, id, metadata=identity.metadata(), data={"settings": settings, "wait.sh": SCRIPT})


def gates(platform: Platform, waits: Sequence[Wait]) -> list[Manifest]:
    """One init container for each tier that is waited for, so that `Init:2/5` tells where a pod stands.

    What is ready last is asked last, and its gate is the last one: when it opens, nothing is left but the program's start.
    """
    level = platform.graph.levels
    tiers = [sorted(group, key=lambda wait: level[wait.target]) for _, group in groupby(waits, key=lambda wait: wait.tier)]
    tiers.sort(key=lambda group: level[group[-1].target])
    return [_gate(platform, group, behind=behind) for behind, group in zip(reversed(range(len(tiers))), tiers, strict=True)]


def _gate(platform: Platform, waits: Sequence[Wait], *, behind: int) -> Manifest:
    startup = platform.values.startup
    needed = [_target(platform, wait.target) for wait in waits if wait.needed]
    order_only = [_target(platform, wait.target) for wait in waits if not wait.needed]
    return {
        "name": f"wait-for-{waits[0].tier}",
        "image": platform.image(startup.image),
        "imagePullPolicy": platform.values.images.pull_policy,
        "command": ["sh", f"{_MOUNT_PATH}/wait.sh"],
        "args": [
            *([f"--gates-behind={behind}"] if behind else []),
            *needed,
            *(["--order-only", *order_only] if order_only else []),
        ],
        "resources": resources(startup.resources),
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [{"name": NAME, "mountPath": _MOUNT_PATH, "readOnly": True}],
    }


def _target(platform: Platform, name: str) -> str:
    """What the gate asks: the readiness path of a service, the port of a data service."""
    endpoint = platform.endpoint(name)
    address = f"{endpoint.host}:{endpoint.port}"
    if name in platform.catalogue.services:
        return f"http://{address}{platform.values_of(name).probes.readiness_path}"
    return f"tcp://{address}"
