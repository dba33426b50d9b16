"""Startup gates: init containers that hold a pod back until what it waits for is ready."""

from __future__ import annotations

from castiel.blueprint import Blueprint
from castiel.manifest import Identity, Manifest
from castiel.model.graph import Graph
from castiel.model.own_names import STARTUP_GATE as NAME
from castiel.model.own_names import gate_of
from castiel.pods import CONTAINER_SECURITY, resources
from castiel.tracing.expressions import Argument, Either, Operand, Truth, all_of
from castiel.tracing.tokens import List, Number, Text
from castiel.tracing.tree import Lines, Tree, When, each, when

VOLUME: Manifest = {"name": NAME, "configMap": {"name": NAME}}
_MOUNT_PATH = "/startup-gate"

SCRIPT = """\
# Holds this pod back until what it waits for is ready. It asks the Services, which route to ready pods only.
# Arguments: names of what this pod needs; behind --tier the tier of which everything else is waited for too, because the
# order of the tiers says so; behind --gates-behind how many gates of this pod follow. Where each is asked stands in the file
# `targets` beside this script: TIER NAME URL.
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

wait_for() { # URL, and the seconds after which to go on without it, 0: never
  tell=$now
  until ready "$1"; do
    waited=yes
    clock
    left=$(($2 * 10 - (now - start)))
    if [ "$2" -gt 0 ] && [ "$left" -le 0 ]; then
      echo "WARNING: going on without $1, not ready after $(((now - start) / 10)) s: only the tier order names it"
      return
    fi
    if [ "$now" -ge "$tell" ]; then
      echo "waiting for $1 since $(((now - start) / 10)) s"
      tell=$((now + 150))
    fi
    pace
    if [ "$2" -gt 0 ] && [ "$next" -gt "$left" ]; then next=$left; fi
    pause "$next"
  done
  clock
  echo "$1 is ready after $(((now - start) / 10)) s"
}

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
for need in $needs; do
  url=
  while read -r _ name address; do
    [ "$name" != "$need" ] || url=$address
  done < "$targets"
  if [ -n "$url" ]; then wait_for "$url" 0; else echo "$need is switched off"; fi
done
[ -z "$tier" ] || while read -r of name url <&3; do
  case " $needs " in *" $name "*) continue ;; esac
  [ "$of" != "$tier" ] || wait_for "$url" "$TIER_PATIENCE"
done 3< "$targets"
# A pod that starts alone finds everything ready, and loses no time here.
if [ "$behind" -gt 0 ] && [ -n "$waited" ]; then yield; fi
"""


def gate_config(blueprint: Blueprint) -> Manifest:
    """The ConfigMap of all gates: their script, its settings, and where everything is asked.

    None of it stands in the pods: a new service, or a changed setting, restarts nobody.
    """
    startup = blueprint.values.startup
    settings = f"POLL_SECONDS={startup.poll_seconds}\nTIER_PATIENCE={startup.tier_patience}"
    return {
        "metadata": Identity(blueprint, NAME, component="startup").metadata(),
        "data": {
            "settings": Lines(tuple(settings.splitlines())),
            "targets": Lines(tuple(_target(blueprint, name) for tier in blueprint.tiers for name in blueprint.members(tier))),
            "wait.sh": SCRIPT,
        },
    }


def gates(blueprint: Blueprint, name: str) -> list[Tree]:
    """One init container for each tier that is waited for, so that `Init:2/5` tells where a pod stands.

    The one that opens last stands last: when it does, nothing is left but the program's start.
    """
    own, before = blueprint.tier_of(name), blueprint.tiers_before(name)

    def waiting(graph: Graph) -> list[Tree]:
        needs: dict[str, list[str]] = {tier: [] for tier in (*(before if graph.order == "tiers" else ()), own)}
        for need in sorted(blueprint.service(name).needs, key=lambda need: blueprint.graphs["graph"].levels[need]):
            needs.setdefault(blueprint.tier_of(need), []).append(need)
        if not needs[own]:
            del needs[own]
        if graph.order == "graph":
            order = sorted(needs, key=lambda tier: graph.levels[needs[tier][-1]])
        else:
            order = sorted(needs, key=blueprint.tiers.index)
        return [{"name": tier, "needs": needs[tier], "behind": len(order) - at} for at, tier in enumerate(order, start=1)]

    return [_gate(blueprint, gate, own=own) for gate in blueprint.by_order(waiting)]


def _gate(blueprint: Blueprint, gate: Tree, *, own: str) -> Tree:
    """The gate of a tier; of one before the pod's own it waits for all, with the order of the tiers."""
    if isinstance(gate, When):
        return When(gate.condition, _gate(blueprint, gate.then, own=own))
    behind = gate["behind"]
    arguments: dict[str, Operand] = {
        "tier": gate["name"],
        "needs": tuple(gate["needs"]),
        "whole": gate["name"] != own,
        "behind": Either(behind.condition, behind.then, behind.otherwise) if isinstance(behind, When) else behind,
    }
    return blueprint.call("gate", lambda: _container(blueprint), **arguments)


def _container(blueprint: Blueprint) -> Manifest:
    startup = blueprint.values.startup
    whole, follow = all_of(Truth(Argument("whole")), blueprint.ordered), Truth(Argument("behind"))
    return {
        "name": gate_of(Text(Argument("tier"))),
        "image": blueprint.image(startup.image),
        "imagePullPolicy": blueprint.values.images.pull_policy,
        "command": ["sh", f"{_MOUNT_PATH}/wait.sh"],
        "args": [
            each(List(Argument("needs")), lambda need: need, certain=True),
            when(whole, "--tier"),
            when(whole, Text(Argument("tier"))),
            when(follow, "--gates-behind"),
            when(follow, f"{Number(Argument('behind'))}"),
        ],
        "resources": resources(blueprint, startup.resources),
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [{"name": NAME, "mountPath": _MOUNT_PATH, "readOnly": True}],
    }


def _target(blueprint: Blueprint, name: str) -> Tree:
    """A line of the gates' targets: tier, name, and what is asked, the readiness path of a service or a data service's port."""
    named = f"{blueprint.tier_of(name)} {name}"
    if name in blueprint.data_services:
        return f"{named} tcp://{blueprint.endpoint(name)}"
    line = f"{named} http://{blueprint.endpoint(name)}{blueprint.values_of(name).probes.readiness_path}"
    return when(blueprint.presence(name), line)
