"""Random damage to configurations, the same for the same seed: to their text, to their structure, to the files."""

from __future__ import annotations

import copy
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tierwright.pipeline import described

CONFIG = Path(__file__).resolve().parent.parent / "config"

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: back}, {name: front, description: what people see}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
  rabbitmq: {tier: data, port: 5672, urlVariable: RABBITMQ_URL}
  redis: {tier: data, port: 6379, urlVariable: REDIS_URL}
secrets:
  signing: {source: generated, keys: [JWT_SECRET]}
  api-keys: {source: provided, keys: [API_KEY], optional: true}
external:
  apis: {ports: [443], description: the partners}
  collector: {ports: [4317, {port: 8125, protocol: UDP}], namespace: monitoring, podLabels: {app: collector}}
services:
  store:
    tier: back
    port: 3001
    needs: [postgres, rabbitmq]
  stock:
    tier: back
    port: 3002
    targetPort: 8080
    protocol: grpc
    ports: {metrics: 9464, admin: {port: 81, targetPort: 8081, protocol: http}, stats: {port: 8125, protocol: UDP}}
    health: {http: {readiness: /ready, liveness: /alive}, port: admin}
    urlVariable: STOCK_URL
    needs: [postgres, store]
    uses: [web]
    without: [LEVEL]
    external: [apis]
    storage: {data: /var/lib/stock, logs: /logs}
    user: 1001
  nightly:
    tier: back
    schedule: "0 3 * * *"
    needs: [postgres, stock]
    volumes: {stock.data: /stock}
  migrate: {tier: back, run: once, needs: [postgres], command: [migrate]}
  worker:
    tier: back
    singleton: true
    needs: [rabbitmq]
    image: {of: web}
    command: [run, worker]
    args: [all, "--stats=${stock:stats.host}:${stock:stats.port}"]
    external: [collector]
    uses: [stock, stock:stats]
    health: {command: [celery, inspect, ping]}
  web:
    tier: front
    port: 3000
    health: http
    public: {host: www, path: /shop}
    metrics: true
    settings:
      LIMIT: {type: integer, default: 10, minimum: 1, maximum: 100}
      RATIO: {type: number, default: 0.5, maximum: 1}
      MODE: {type: string, default: a, enum: [a, b]}
      OPEN: {type: boolean, default: true}
    needs: [redis, store, stock:admin, worker]
    writable: [/app/cache, /var/lib/web]
    files: {/etc/web/a: app.conf, /etc/web/b: {source: app.conf, raw: true, executable: true}}
    prepare: [[rails, 'db:migrate'], [echo, '${publicUrl}']]
    environment:
      GREETING: hello
      URL: "${publicUrl}/start ${public.web} $(LIMIT)"
      STORE: "${store.host}:${store.port} ${stock:admin.url} $${x}"
      CACHE: "${redis.password} ${redis.url}"
    secrets: [signing, api-keys]
everyService: {needs: [redis], environment: {LEVEL: info}}
"""

OVERLAY = """\
namespace: {name: shop-test, quota: {enabled: true, hard: {requests.cpu: "20"}}}
public: {host: shop.example, tls: true, hosts: {www: www.shop.example}}
images: {registry: registry.example/shop, pullSecrets: [registry]}
startup: {order: graph, tierPatience: 60}
secrets: {mode: external, names: {signing: shop-signing}, store: {name: vault}}
networkPolicy:
  edge: {namespaces: [traefik], cidrs: [0.0.0.0/0]}
  externalCidrs: {apis: [192.0.2.0/24]}
  metrics: {namespaces: [monitoring]}
  dns: {ports: [53, 5353]}
commonLabels: {team: shop}
commonAnnotations: {example.com/owner: "the shop's team"}
postgres:
  storage: {size: 20Gi, storageClass: fast}
  external: {host: db.example, cidrs: [10.2.0.0/24]}
rabbitmq: {developerAccess: {enabled: true, cidrs: [10.3.0.0/16]}}
defaults:
  env: {NODE_ENV: test}
  replicas: 2
  disruptionBudget: {enabled: true, maxUnavailable: 1}
services:
  store: {resources: {requests: {cpu: 250m}, limits: {cpu: "1"}}}
  nightly: {job: {timeZone: Europe/Vienna, backoffLimit: 1}}
  web:
    autoscaling: {enabled: true, minReplicas: 2, maxReplicas: 4}
    service: {type: LoadBalancer, annotations: {example.com/kind: public}}
    placement:
      nodeSelector: {disk: ssd}
      tolerations: [{key: dedicated, operator: Equal, value: shop, effect: NoSchedule}]
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 10
              podAffinityTerm: {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {team: shop}}}
    podAnnotations: {a: b}
    podLabels: {c: d}
    settings: {LIMIT: 20, OPEN: false}
    command: [node]
    args: [server.js, "--port=$(PORT)"]
"""

Tree = Any
Text = Callable[[random.Random, bytes], bytes]

SCRAPS = [
    "<<: *x", "&a ", "*a", "!!python/name:os.system ", "!!binary ", "!!set ", "!x ", "? ", "- ", "---", "...", "%YAML 1.2", "{",
    "[", "}", "]", '"', "'", "|", ">", "~: 1", "[a]: b", "#", ": ", ",", "@", "`", "%", "=", "\0", "\x07", "\ufeff",
    "\x85", "\u2028", "\xa0", "\t", "\r", "\n", '"\\ud800"', '"\\x00"', "0x", "0b_", "1:30", ".nan", "-.inf", "1e999",
    "2001-01-01", "!!int ''", "!!float ''", "!!bool x",
]  # fmt: skip

TEXTS = [
    "", " ", "a", "A b", "x" * 64, "x" * 300, "ü", "1", "true", "yes", "null", "~", "-", "0.5", "1_000", "0x10", "0o14", "1e3",
    "12:30:45", "2001-01-01", "# c", "a: b", "- a", "{{ x }}", "{", "'", '"', "\\", "a\nb", "a\n", "\t", "\x85",
    "\u2028", "$(DB_PASSWORD)", "${publicUrl}", "${x}", "10.0.0.0/8", "::/0", "10.0.0.1", "512Mi", "0", "99999999999999Ti", "web",
    "store", "postgres", "PORT", "DATABASE_URL", "external", "graph", "existing", "generate", "NodePort", "/", "/a b", "\U0001f600",
]  # fmt: skip
NUMBERS = [0, 1, -1, 2, 3.0, 0.5, 100, 443, 65535, 65536, 2**31, 2**53 + 1, 2**63, 10**30, 10**400, 1e300]
WHOLE: list[Tree] = [*TEXTS, *NUMBERS, True, False, None, [], {}, [None], [[]], {"a": None}, {"": ""}]


def _flip(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) or 1)
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def _insert(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(SCRAPS).encode() + data[at:]


def _lines(rng: random.Random, data: bytes) -> bytes:
    """A line dropped, doubled, moved, indented, or replaced."""
    lines = data.splitlines(keepends=True) or [b""]
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    line = lines[at]
    instead = [
        [],
        [line, line],
        [b" " + line],
        [b"\t" + line],
        [line.lstrip()],
        [rng.choice(SCRAPS).encode() + b"\n"],
        [lines[other]],
    ]
    return b"".join([*lines[:at], *rng.choice(instead), *lines[at + 1 :]])


def _encoded(rng: random.Random, data: bytes) -> bytes:
    text = data.decode(errors="replace")
    return rng.choice([
        text.encode("utf-16"), text.encode("utf-32"), text.encode("latin-1", "replace"), b"\xef\xbb\xbf" + data, b"\xff\xfe" + data,
        data.replace(b"\n", b"\r\n"), data.replace(b"\n", b"\r"), data.replace(b"\n", b"\0"), data.replace(b"  ", b"\t"),
    ])  # fmt: skip


def _whole(rng: random.Random, data: bytes) -> bytes:
    """Another file altogether, or one with much more in it."""
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    chain = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{x: *a{n - 1}}}\n" for n in range(1, 90))
    deep = rng.choice([40, 60, 2_000, 100_000])
    return rng.choice([
        b"", b"\n\n", b"#", b"[]", b"{}", b"a", b"null", b"1", data + b"---\n" + data, data + data,
        data[: rng.randrange(len(data) or 1)], bytes(rng.randrange(256) for _ in range(200)), rng.choice([bomb, "a: 1"]).encode(),
        data + chain.encode(), b"&a {a: *a}", b"a: &a [*a]", data + b"\nx: *x", b"[" * deep, b"{a: " * deep, b"- " * deep,
        b"? " * deep, b"a: " + b"[" * deep + b"]" * deep, data + b"\nx: " + b"9" * 5_000,
    ])  # fmt: skip


TEXT_DAMAGE: list[Text] = [_flip, _insert, _insert, _lines, _lines, _lines, _encoded, _whole]


def damaged_text(rng: random.Random, data: bytes) -> bytes:
    """The text with one to three kinds of damage."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        data = rng.choice(TEXT_DAMAGE)(rng, data)
    return data


def _entries(tree: Tree) -> Iterator[tuple[Any, Any]]:
    """Every entry below a mapping or list, as its collection and its key."""
    for key in list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ():
        yield tree, key
        yield from _entries(tree[key])


def _like(rng: random.Random, value: Tree) -> Tree:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return rng.choice([*NUMBERS[:7], value - 1, value + 1, value * 10])
    if isinstance(value, str):
        return rng.choice([*TEXTS, value + "x", value.upper(), value + "\n", value[:-1]])
    return value


def damaged_tree(rng: random.Random, tree: Tree, *, mildly: bool) -> Tree:
    """The structure with one to three entries changed; `mildly`: keeping keys and types, so that much of it still loads."""
    tree = copy.deepcopy(tree)
    for _ in range(rng.choice([1, 1, 2, 3])):
        places = list(_entries(tree))
        if not places:
            return tree
        above, key = rng.choice(places)
        if mildly:
            above[key] = _like(rng, above[key])
        elif isinstance(above, dict) and rng.random() < 0.3:
            above[rng.choice([*TEXTS, f"{key}x", str(key).upper()])] = above.pop(key)
        elif rng.random() < 0.2:
            del above[key]
        else:
            other, name = rng.choice(places)
            above[key] = copy.deepcopy(rng.choice([*WHOLE, other[name], [above[key]], {"x": above[key]}]))
    return tree


@dataclass(frozen=True)
class Case:
    """A configuration in a folder."""

    catalogue: Path
    values: list[Path]


def _defaults() -> dict[str, Any]:
    """All values of the platform."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Path(folder) / "catalogue.yaml"
        catalogue.write_text(CATALOGUE)
        write_mounted(Path(folder))
        return dict(described(catalogue=catalogue).platform.defaults)


def write_mounted(folder: Path) -> None:
    """The file that the platform mounts."""
    (folder / "app.conf").write_text("url = ${publicUrl}\n")


SOURCES = {"catalogue.yaml": CATALOGUE, "values.yaml": yaml.safe_dump(_defaults(), sort_keys=False), "overlay.yaml": OVERLAY}
_TREES = {name: yaml.safe_load(text) for name, text in SOURCES.items()}


def write_case(folder: Path, seed: int, *, mildly: bool = False) -> Case:
    """A configuration of which one or two files are damaged; `mildly`: so that most of them still load."""
    rng = random.Random(seed)  # noqa: S311 - no secret is made of it
    files = {name: folder / f"{seed}-{name}" for name in SOURCES}
    write_mounted(folder)
    damaged = rng.sample(sorted(SOURCES), rng.choice([1, 1, 1, 2]))
    for name, file in files.items():
        how = rng.random()
        if name not in damaged:
            file.write_text(SOURCES[name])
        elif mildly or how < 0.5:
            file.write_text(json.dumps(damaged_tree(rng, _TREES[name], mildly=mildly), indent=1, ensure_ascii=False))
        elif how < 0.98:
            file.write_bytes(damaged_text(rng, SOURCES[name].encode()))
        else:
            _no_file(rng, file)
    return Case(files["catalogue.yaml"], [files["values.yaml"], files["overlay.yaml"]])


def _no_file(rng: random.Random, file: Path) -> None:
    kind = rng.choice(["missing", "folder", "loop", "locked"])
    if kind == "folder":
        file.mkdir()
    elif kind == "loop":
        file.symlink_to(file)
    elif kind == "locked":
        file.touch(mode=0)
