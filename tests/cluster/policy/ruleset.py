"""From policies and pods to one nftables ruleset.

Each pod that a policy isolates has a chain for that direction: what a rule allows returns, the rest is dropped. All
traffic of pods is routed through the node after the translation of Service addresses, so rules see both pods' addresses
and the pod's port. They come behind kube-proxy's own, so that a Service without ready pods refuses at once, as with most
network plugins, whatever the policies say. The kubelet's probes come from the node itself and meet no chain. What a pod
sends to the node's own address (the API server) meets its egress chain in the input hook.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tests.cluster.policy.model import Block, Labels, Peer, Pod, Policy, Port, Rule

TABLE = "castiel_policy"
_PRIORITY = "filter + 10"


def ruleset(*, policies: Sequence[Policy], pods: Sequence[Pod], namespaces: Mapping[str, Labels]) -> str:
    """The text for ``nft -f``: it replaces what was programmed before in one step, and is stable for equal input."""
    ordered = sorted(pods, key=lambda pod: (pod.namespace, pod.name, pod.address))
    chains: list[str] = []
    jumps: dict[str, list[str]] = {"in": [], "out": []}
    for number, pod in enumerate(ordered):
        for direction in ("in", "out"):
            rules = _rules_for(pod, policies, direction)
            if rules is None:
                continue
            chain = f"{direction}_{number}"
            jumps[direction].append(f"{pod.address} : jump {chain}")
            allowed = [
                line
                for namespace, rule in rules
                for line in _allow(rule, namespace, direction, pod=pod, pods=ordered, namespaces=namespaces)
            ]
            chains.append(_chain(chain, [*dict.fromkeys(allowed), f'counter drop comment "{_comment(pod)}"']))
    into = [f"ip daddr vmap {{ {', '.join(jumps['in'])} }}"] if jumps["in"] else []
    out = [f"ip saddr vmap {{ {', '.join(jumps['out'])} }}"] if jumps["out"] else []
    known = ["ct state established,related accept"]
    chains.append(
        _chain(
            "forward",
            # A pod reaches itself whatever policies say.
            [f"type filter hook forward priority {_PRIORITY};", *known, *_to_self(ordered), *out, *into],
        )
    )
    chains.append(_chain("input", [f"type filter hook input priority {_PRIORITY};", *known, *out]))
    body = "\n".join(chains)
    return f"table ip {TABLE}\ndelete table ip {TABLE}\ntable ip {TABLE} {{\n{body}\n}}\n"


def _to_self(pods: Sequence[Pod]) -> list[str]:
    pairs = sorted({f"{pod.address} . {pod.address}" for pod in pods})
    return [f"ip saddr . ip daddr {{ {', '.join(pairs)} }} accept"] if pairs else []


def _rules_for(pod: Pod, policies: Iterable[Policy], direction: str) -> list[tuple[str, Rule]] | None:
    """The rules that speak of a pod, each with its policy's namespace; None when no policy isolates the pod."""
    found: list[tuple[str, Rule]] | None = None
    for policy in sorted(policies, key=lambda one: (one.namespace, one.name)):
        rules = policy.ingress if direction == "in" else policy.egress
        if rules is not None and policy.namespace == pod.namespace and policy.pods.selects(pod.labels):
            found = [*(found or []), *((policy.namespace, rule) for rule in rules)]
    return found


def _allow(
    rule: Rule,
    namespace: str,
    direction: str,
    *,
    pod: Pod,
    pods: Sequence[Pod],
    namespaces: Mapping[str, Labels],
) -> Iterator[str]:
    """The lines that let through what one rule allows."""
    side = "saddr" if direction == "in" else "daddr"
    if rule.peers is None:
        if direction == "in":
            yield from _lines([], _numbers(rule.ports, pod))
        else:
            yield from _lines([], _numbers(rule.ports, None))
            for port in rule.ports or ():
                if isinstance(port.first, str):
                    yield from _to_named(pods, (port,))
        return
    # The node speaks IPv4 alone: a block of IPv6 holds no address of it.
    blocks = [peer.block for peer in rule.peers if peer.block is not None and ":" not in peer.block.cidr]
    peers = [one for one in pods if any(_is(one, peer, namespace, namespaces) for peer in rule.peers)]
    for block in blocks:
        yield from _lines(_addresses(block, side), _numbers(rule.ports, pod if direction == "in" else None))
    if not peers:
        return
    addresses = [f"ip {side} {{ {', '.join(sorted({one.address for one in peers}))} }}"]
    if direction == "in":
        yield from _lines(addresses, _numbers(rule.ports, pod))
        return
    yield from _lines(addresses, _numbers(rule.ports, None))
    yield from _to_named(peers, tuple(port for port in rule.ports or () if isinstance(port.first, str)))


def _to_named(peers: Sequence[Pod], ports: tuple[Port, ...]) -> Iterator[str]:
    """Egress to a named port: each peer says which number that is."""
    for port in ports:
        by_number: dict[int, set[str]] = defaultdict(set)
        for one in peers:
            number = one.ports.get((str(port.first), port.protocol))
            if number is not None:
                by_number[number].add(one.address)
        for number, addresses in sorted(by_number.items()):
            yield f"ip daddr {{ {', '.join(sorted(addresses))} }} {port.protocol.lower()} dport {number} return"


def _numbers(ports: tuple[Port, ...] | None, named_by: Pod | None) -> list[str] | None:
    """Matches for ports, names resolved by one pod; those without a number there are left out. None is everything."""
    if ports is None:
        return None
    by_protocol: dict[str, list[str]] = defaultdict(list)
    for port in ports:
        protocol = port.protocol.lower()
        if port.first is None:
            by_protocol[protocol].append("0-65535")
        elif isinstance(port.first, str):
            number = named_by.ports.get((port.first, port.protocol)) if named_by else None
            if number is not None:
                by_protocol[protocol].append(str(number))
        else:
            by_protocol[protocol].append(f"{port.first}-{port.last}" if port.last else str(port.first))
    return [_port_match(protocol, values) for protocol, values in sorted(by_protocol.items())]


def _port_match(protocol: str, values: list[str]) -> str:
    if "0-65535" in values:
        return f"meta l4proto {protocol}"
    # One range that holds another, or twice the same, would be an error inside one set.
    spans = sorted((int(first), int(last or first)) for first, _, last in (value.partition("-") for value in values))
    merged: list[tuple[int, int]] = []
    for first, last in spans:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    texts = [f"{first}-{last}" if first != last else str(first) for first, last in merged]
    return f"{protocol} dport {{ {', '.join(texts)} }}"


def _lines(addresses: list[str], ports: list[str] | None) -> Iterator[str]:
    for match in [""] if ports is None else ports:
        yield " ".join([*addresses, *([match] if match else []), "return"])


def _addresses(block: Block, side: str) -> list[str]:
    # One by one: blocks that overlap cannot be in one set.
    excluded = [f"ip {side} != {cidr}" for cidr in block.excluded if ":" not in cidr]
    return [*([] if block.cidr.endswith("/0") else [f"ip {side} {block.cidr}"]), *excluded]


def _is(pod: Pod, peer: Peer, namespace: str, namespaces: Mapping[str, Labels]) -> bool:
    """Whether a pod is the peer that a policy of ``namespace`` names."""
    if peer.block is not None:
        return False
    own = peer.namespaces is None and pod.namespace == namespace
    there = own or (peer.namespaces is not None and peer.namespaces.selects(namespaces.get(pod.namespace, {})))
    return there and peer.pods.selects(pod.labels)


def _comment(pod: Pod) -> str:
    return f"{pod.namespace}/{pod.name}"[:120]


def _chain(name: str, lines: Iterable[str]) -> str:
    return "\n".join([f"  chain {name} {{", *(f"    {line}" for line in lines), "  }"])
