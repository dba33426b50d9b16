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
set -u
. "${0%/*}/settings"
trap 'exit 143' TERM

for tool in nc wget timeout; do
  command -v "$tool" > /dev/null || { echo "the gate's image has no $tool; choose another in startup.image" >&2; exit 1; }
done

clock() { # seconds since the node's start, in $now; /proc/uptime needs no process
  read -r now _ < /proc/uptime
  now=${now%.*}
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

patience=0
clock
start=$now
for target; do
  if [ "$target" = --order-only ]; then
    patience=$TIER_PATIENCE
    continue
  fi
  tell=$now
  until ready "$target"; do
    clock
    if [ "$patience" -gt 0 ] && [ $((now - start)) -ge "$patience" ]; then
      echo "WARNING: going on without $target, not ready after $((now - start)) s: only the tier order names it"
      continue 2
    fi
    if [ "$now" -ge "$tell" ]; then
      echo "waiting for $target since $((now - start)) s"
      tell=$((now + 15))
    fi
    sleep "$POLL_SECONDS" &
    wait $! # in the background, so that a deleted pod ends at once
  done
  clock
  echo "$target is ready after $((now - start)) s"
done
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
    return [_gate(platform, group) for group in tiers]


def _gate(platform: Platform, waits: Sequence[Wait]) -> Manifest:
    startup = platform.values.startup
    needed = [_target(platform, wait.target) for wait in waits if wait.needed]
    order_only = [_target(platform, wait.target) for wait in waits if not wait.needed]
    return {
        "name": f"wait-for-{waits[0].tier}",
        "image": platform.image(startup.image),
        "imagePullPolicy": platform.values.images.pull_policy,
        "command": ["sh", f"{_MOUNT_PATH}/wait.sh"],
        "args": [*needed, *(["--order-only", *order_only] if order_only else [])],
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
