"""Catalogues of every small structure: with and without data services, secrets, destinations, tiers that hold nothing."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tierwright.model.names import upper_snake

Tree = dict[str, Any]

SERVICES = [
    "web",
    "checks",
    "values",
    "tests",
    "namespace",
    "y",
    "no",
    "null",
    "true",
    "merged",
    "dns",
    "config",
    "a-service",
    "x" * 53,
]
"""Names that files, helpers and YAML's words have too."""

_ITSELF = {"source": "catalogue.yaml", "raw": True}
"""A file that each of these platforms has."""

TIERS = ["only", "back", "front", "namespace", "secrets", "on", "t" * 53]
DATA_SERVICES = {"postgres": 5432, "rabbitmq": 5672, "redis": 6379}
NAMED = {"dns": "postgres", "image": "postgres", "extra-objects": "redis", "labels": "rabbitmq", "a-b": "redis"}
"""Kinds of data services by names that helpers and templates of the chart have too."""

LISTENING: list[Tree] = [
    {"port": 80},
    {"port": 3001, "public": True},
    {"port": 80, "targetPort": 8080, "ports": {"metrics": 9464}, "metrics": "metrics"},
    {"port": 80, "targetPort": 8081, "metrics": True},
    {"port": 80, "health": {"http": {"readiness": "/{{x}}"}}},
    {"port": 80, "health": {"http": "/up", "port": "admin"}, "ports": {"admin": {"port": 81, "protocol": "http"}}},
    {"port": 80, "health": "none", "public": True},
    {"port": 7070, "protocol": "grpc", "public": True},
    {"port": 7070, "targetPort": 70, "protocol": "grpc", "health": {"grpc": "{{ .Values }}"}},
    {"port": 53, "protocol": "tcp", "ports": {"dns": {"port": 53, "targetPort": 5353, "protocol": "UDP"}}},
    {},
    {"health": {"command": ["sh", "-c", "echo '{{ x }}' $(PORT)"]}},
    {"ports": {"y": 9464}, "health": {"port": "y"}},
]
"""How a service listens, and how its health is asked."""

DESTINATIONS: list[Tree] = [
    {"ports": [443]},
    {"ports": [4317, {"port": 53, "protocol": "UDP"}], "namespace": "monitoring", "podLabels": {"y": "null"}},
    {"ports": [{"port": 80}], "namespace": "on"},
    {"ports": [80], "podLabels": {"a.b/c": "", "d": "1"}},
]
"""Where services may connect to outside of their platform."""

SETTINGS: list[Tree] = [
    {"type": "integer", "default": -3},
    {"type": "number", "default": 0.5, "minimum": 0},
    {"type": "boolean", "default": False},
    {"type": "string", "default": "{{ $x }} $(A)"},
    {"type": "string", "default": "no", "enum": ["no", "null"]},
]
"""Variables with types."""

MINIMAL = {
    "one service and nothing else": {
        "name": "shop",
        "tiers": [{"name": "only"}],
        "services": {"web": {"tier": "only", "port": 80}},
    },
    "one public service": {
        "name": "shop",
        "tiers": [{"name": "only"}],
        "services": {"web": {"tier": "only", "port": 80, "public": True}},
    },
    "two services, one of which the other can do without": {
        "name": "shop",
        "tiers": [{"name": "only"}],
        "services": {"a": {"tier": "only", "port": 80, "optional": True}, "b": {"tier": "only", "port": 80, "needs": ["a"]}},
    },
    "a data service that nobody needs": {
        "name": "shop",
        "tiers": [{"name": "empty"}, {"name": "only"}, {"name": "empty-too"}],
        "dataServices": {"redis": {"tier": "only", "port": 6379, "urlVariable": "REDIS_URL"}},
        "services": {"web": {"tier": "only", "port": 80}},
    },
    "data services alone before one service": {
        "name": "shop",
        "tiers": [{"name": "data"}, {"name": "only"}],
        "dataServices": {
            name: {"tier": "data", "port": port, "urlVariable": f"{name.upper()}_URL"} for name, port in DATA_SERVICES.items()
        },
        "services": {"web": {"tier": "only", "port": 80, "needs": list(DATA_SERVICES)}},
    },
    "a provided secret alone": {
        "name": "shop",
        "tiers": [{"name": "only"}],
        "secrets": {"keys": {"source": "provided", "keys": ["A", "B"], "optional": True}},
        "external": {"apis": {"ports": [443, 80]}},
        "services": {"web": {"tier": "only", "port": 80, "secrets": ["keys"], "external": ["apis"]}},
    },
    "uses alone, one of a later tier and one in a circle": {
        "name": "shop",
        "tiers": [{"name": "first"}, {"name": "last"}],
        "dataServices": {"redis": {"tier": "last", "port": 6379, "urlVariable": "REDIS_URL"}},
        "services": {
            "a": {"tier": "first", "port": 80, "uses": ["b", "redis"]},
            "b": {"tier": "last", "port": 80, "uses": ["a"]},
        },
    },
    "what every service has, and one without it": {
        "name": "shop",
        "tiers": [{"name": "only"}],
        "everyService": {"uses": ["a"], "environment": {"A": "a"}},
        "services": {"a": {"tier": "only", "port": 80}, "b": {"tier": "only", "port": 80, "without": ["a", "A"]}},
    },
    "services without a port alone": {
        "name": "shop",
        "tiers": [{"name": "back"}, {"name": "front"}],
        "services": {
            "worker": {"tier": "back"},
            "mailer": {"tier": "front", "needs": ["worker"], "health": {"command": ["true"]}},
        },
    },
    "a service of every kind of port and health": {
        "name": "shop",
        "tiers": [{"name": "back"}, {"name": "front"}],
        "services": {
            **{f"s{at}": {"tier": "back", **listening} for at, listening in enumerate(LISTENING)},
            "web": {"tier": "front", "port": 80, "needs": [f"s{at}" for at in range(len(LISTENING))]},
        },
    },
    "fifty tiers": {
        "name": "shop",
        "tiers": [{"name": f"t{at}"} for at in range(50)],
        "services": {f"s{at}": {"tier": f"t{at}", "port": 80, "needs": [f"s{at - 7}"] if at else []} for at in range(0, 50, 7)},
    },
}
"""Structures that lack what others have."""

KINDS: list[Tree] = [
    {},
    {"singleton": True},
    {"storage": {"a": "/store"}},
    {"storage": {"a": "/store", "b-c": "/{{store}}"}, "singleton": True},
    {"schedule": "*/5 * * * 1-5"},
    {"run": "once"},
]
"""Of each kind of workload one. The kinds behind the second make names of their own, for which a name leaves room."""

_LONGEST = 52


def written(catalogue: Tree) -> str:
    """A catalogue as JSON, which is YAML."""
    return json.dumps(catalogue)


@st.composite
def catalogues(draw: st.DrawFn) -> Tree:
    """A small catalogue that is sound."""
    tiers = draw(st.lists(st.sampled_from(TIERS), min_size=1, max_size=4, unique=True))
    data = draw(st.lists(st.sampled_from([*DATA_SERVICES, *NAMED]), max_size=3, unique=True))
    rank: dict[str, int] = {name: draw(st.integers(0, len(tiers) - 1)) for name in data}
    secrets = draw(st.dictionaries(st.sampled_from(["signing", "keys"]), _secret(), max_size=2))
    external = draw(st.dictionaries(st.sampled_from(["apis", "dns"]), st.sampled_from(DESTINATIONS), max_size=2))
    services: dict[str, Tree] = {}
    names = draw(st.lists(st.sampled_from([one for one in SERVICES if one not in data]), min_size=1, max_size=4, unique=True))
    kinds: dict[str, Tree] = {name: draw(st.sampled_from(KINDS if len(name) <= _LONGEST else KINDS[:2])) for name in names}
    ending = [name for name in names if "schedule" in kinds[name] or "run" in kinds[name]]
    listening: dict[str, Tree] = {name: {} if name in ending else draw(st.sampled_from(LISTENING)) for name in names}
    addressed = [*data, *(name for name in names if "port" in listening[name])]
    for name in names:
        at = draw(st.integers(0, len(tiers) - 1))
        within_reach = [target for one, its in rank.items() if its <= at for target in (one, *_further(one, listening, "TCP"))]
        needs = draw(st.lists(st.sampled_from(within_reach), max_size=3, unique=True)) if within_reach else []
        services[name] = {
            "tier": tiers[at],
            **listening[name],
            **kinds[name],
            **({} if name in ending else {"optional": draw(st.booleans())}),
            "needs": needs,
            "secrets": draw(st.lists(st.sampled_from(list(secrets)), max_size=2, unique=True)) if secrets else [],
            "external": draw(st.lists(st.sampled_from(list(external)), max_size=2, unique=True)) if external else [],
            "settings": draw(st.dictionaries(st.sampled_from(["S", "C"]), st.sampled_from(SETTINGS), max_size=2)),
            "prepare": draw(st.lists(st.lists(_texts([], []), min_size=1, max_size=2), max_size=2)),
            "files": draw(st.dictionaries(st.sampled_from(["/etc/a", "/b_{{c}}"]), st.just(_ITSELF), max_size=2)),
            "writable": draw(
                st.lists(st.sampled_from(["/var/a", "/var/b/.c", "/{{ x }}".replace(" ", "")]), max_size=2, unique=True)
            ),
        }
        if name not in ending:
            rank[name] = at
    for name, service in services.items():
        storage = [f"{one}.a" for one in names if one != name and "storage" in kinds[one]]
        service["volumes"] = draw(st.dictionaries(st.sampled_from(storage), st.just("/shared"), max_size=1)) if storage else {}
        targets = [*addressed, *(port for one in names if one != name for port in _further(one, listening, "TCP", "UDP"))]
        others = [one for one in targets if one not in (name, *service["needs"])]
        service["uses"] = draw(st.lists(st.sampled_from(others), max_size=3, unique=True)) if others else []
        if service.get("public") and draw(st.booleans()):
            service["public"] = {"path": f"/{name}"} | draw(st.sampled_from([{}, {"host": "www"}, {"host": "null"}]))
        reached = [one for one in (*service["needs"], *service["uses"], name) if one in addressed or ":" in one]
        public = [one for one, other in services.items() if other.get("public")]
        service["environment"] = draw(st.dictionaries(st.sampled_from(["A", "B"]), _texts(reached, public), max_size=2))
    for at, name in enumerate(names[1:]):
        if draw(st.booleans()):
            services[name] |= {"image": {"of": draw(st.sampled_from([*names[: at + 1], *data]))}, "command": ["run", "{{ it }}"]}
    needed = {one for service in services.values() for one in service["needs"]}
    free = [one for one in addressed if one not in needed]
    return {
        "name": draw(st.sampled_from(["shop", "castiel", "y", "null"])),
        "tiers": [{"name": tier} for tier in tiers],
        "dataServices": {
            name: {
                **({"kind": NAMED[name]} if name in NAMED else {}),
                "tier": tiers[rank[name]],
                "port": DATA_SERVICES[NAMED.get(name, name)],
                "urlVariable": f"{upper_snake(name)}_URL",
            }
            for name in data
        },
        "secrets": {name: {**secret, "keys": [f"{name.upper()}_KEY"]} for name, secret in secrets.items()},
        "external": external,
        "everyService": {
            "uses": draw(st.lists(st.sampled_from(free), max_size=1)) if free else [],
            "secrets": draw(st.lists(st.sampled_from(list(secrets)), max_size=1)) if secrets else [],
            "environment": draw(st.dictionaries(st.sampled_from(["A", "C"]), st.sampled_from(["", "y"]), max_size=2)),
        },
        "services": services,
    }


def _further(name: str, listening: dict[str, Tree], *transports: str) -> list[str]:
    """The further ports of a service over TCP, UDP or both, as needs and uses name them."""
    ports = listening.get(name, {}).get("ports", {})
    return [f"{name}:{port}" for port, entry in ports.items() if _transport(entry) in transports]


def _transport(entry: int | Tree) -> str:
    return "UDP" if isinstance(entry, dict) and entry.get("protocol") == "UDP" else "TCP"


def _texts(reached: list[str], public: list[str]) -> st.SearchStrategy[str]:
    """Texts of variables, with facts of what a service reaches among them, and of public services."""
    facts = ["publicUrl", *(f"{name}.{fact}" for name in reached for fact in _facts(name))]
    facts += [f"public.{name}{fact}" for name in public for fact in ("", ".host")]
    return st.lists(st.sampled_from(["", "x", "$${", "%v {{", *(f"${{{one}}}" for one in facts)]), max_size=3).map("".join)


def _facts(name: str) -> list[str]:
    own = {"postgres": ["user", "password", "database"], "rabbitmq": ["user", "password"], "redis": ["password"]}
    return ["host", "port", "url", *own.get(name, [])]


def _secret() -> st.SearchStrategy[Tree]:
    return st.fixed_dictionaries({"source": st.sampled_from(["generated", "provided"]), "optional": st.booleans()})
