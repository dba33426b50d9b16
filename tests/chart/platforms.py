"""Platforms with their charts, and what the program makes of values for them, without cdk8s between."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.chart.helm import template
from tests.rendering import CONFIG, ROOT, Rendered, environment_files
from tierwright.aspects import Aspect
from tierwright.blueprint import Blueprint, Described, scope_of
from tierwright.components.layout import describe
from tierwright.declarations import Declarations
from tierwright.expressions.tree import ABSENT, resolve
from tierwright.kit.placed import placed
from tierwright.model.platform import Platform
from tierwright.outputs.helm import chart_files
from tierwright.outputs.provenance import write_files
from tierwright.pipeline import described

Object = dict[str, Any]

SMALL = """\
name: shop
tiers: [{name: data}, {name: back}, {name: front}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
  rabbitmq: {tier: data, port: 5672, urlVariable: RABBITMQ_URL}
  redis: {tier: data, port: 6379, urlVariable: REDIS_URL, clients: sentinel}
secrets:
  signing: {source: generated, keys: [JWT_SECRET]}
  api-keys: {source: provided, keys: [API_KEY], optional: true}
external:
  apis: {ports: [443]}
services:
  store: {tier: back, port: 3001, metrics: true, needs: [postgres, rabbitmq]}
  hints: {tier: back, port: 3002, optional: true, needs: [store], external: [apis]}
  web:
    tier: front
    port: 3000
    public: {host: www}
    needs: [redis, store, hints]
    environment: {GREETING: "it's {{ .Values }}, \\"$(PORT)\\"", URL: "${publicUrl}/start ${public.web}"}
    secrets: [signing, api-keys]
"""
"""Everything that a platform can have, in three services: rendered in a tenth of a second."""


OWN = """\
commonLabels: {team: shop}
networkPolicy: {externalCidrs: {apis: [192.0.2.0/24]}}
postgres: {urlOptions: "", resources: {limits: {cpu: "1"}}}
defaults:
  replicas: 2
  env: {NODE_ENV: ~, SHOP: open}
  resources: {limits: {memory: ~}}
services:
  web: {replicas: 3, env: {SHOP: ~, WEB: "yes"}}
"""


WORKLOADS = """\
name: shop
tiers: [{name: data}, {name: back}, {name: front}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
services:
  queue: {tier: back, port: 9092, protocol: tcp, ports: {peers: 9093}, user: 1001, storage: {a: /var/lib/queue, logs: /logs}}
  alone: {tier: back, storage: {b: /b}, singleton: true}
  reader: {tier: front, port: 80, needs: [queue], volumes: {queue.a: /queue, alone.b: /alone}}
  beat: {tier: front, singleton: true, needs: [queue, postgres]}
  web: {tier: front, port: 3000, public: true, needs: [reader]}
  migrate: {tier: back, run: once, needs: [postgres], environment: {A: "<a & b>"}}
  nightly: {tier: back, schedule: "0 3 * * *", needs: [queue, postgres], volumes: {queue.a: /queue}}
"""
"""Every kind of workload that runs a service."""


@dataclass(frozen=True)
class Charted:
    """A platform's blueprint, the folder of its chart, and the platform's own values, if it has any."""

    catalogue: Path
    own: Path | None
    blueprint: Blueprint
    chart: Path

    def load(self, overlays: Sequence[Path]) -> Platform:
        """The platform under these overlays. Raises ConfigError."""
        return described(catalogue=self.catalogue, values=overlays, own=self.own).platform

    def load_with(self, overlay: Mapping[str, Any]) -> Platform:
        """The platform under one overlay. Raises ConfigError."""
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            json.dump(overlay, file, ensure_ascii=False)
            file.flush()
            return self.load([Path(file.name)])

    def objects(self, platform: Platform) -> list[Object]:
        """What the program makes of the platform; cdk8s only writes it down."""
        scope = scope_of(platform)
        objects = []
        for one in self.blueprint.declared:
            # Those that the defaults give are not taken: those of the platform's values follow.
            if one.file and not one.is_given and one.condition.value(scope):
                resolved = resolve(one.manifest, scope)
                manifest = {key: value for key, value in resolved.items() if value is not ABSENT}
                objects.append({"apiVersion": one.api_version, "kind": one.kind, **manifest})
        return [*objects, *placed(platform.values.extra_objects, platform.namespace)]


@cache
def castiel_by_helm(environment: str = "development", *overlays: str) -> Rendered:
    """What Helm makes of Castiel's chart in a committed environment, with further overlays: its hooks too."""
    files = environment_files(environment)
    platform = castiel().load(files)
    made = template(castiel().chart, [*(file.read_text() for file in files), *overlays], namespace=platform.namespace)
    assert isinstance(made, str), made
    return Rendered.of(platform, {"release.yaml": made})


def charted(catalogue: Path, own: Path | None = None) -> Charted:
    """A platform with its chart, in a folder that lasts as long as the process."""
    folder = Path(tempfile.mkdtemp(dir=_folders().name))
    platform = described(catalogue=catalogue, own=own)
    write_files(chart_files(platform), folder)
    return Charted(catalogue, own, platform.blueprint, folder / platform.blueprint.name)


@cache
def charted_text(catalogue: str) -> Charted:
    """The platform of a catalogue that is given as text, with its chart."""
    file = Path(tempfile.mkdtemp(dir=_folders().name)) / "catalogue.yaml"
    file.write_text(catalogue)
    return charted(file)


def small_with(
    declare: Callable[[Blueprint], object], *, without: str = "", aspects: Callable[[Blueprint], Sequence[Aspect]] = lambda _: ()
) -> Charted:
    """The small platform with what `declare` declares, perhaps in place of a concern, and with further aspects."""
    folder = Path(tempfile.mkdtemp(dir=_folders().name))
    platform = small().load([])
    blueprint = describe(platform)
    kept = [one for one in blueprint.declared if one.concern != without]
    blueprint.declared, own = Declarations(), blueprint.aspects
    blueprint.aspects = tuple(aspects(blueprint))
    for one in kept:
        blueprint.declare(one)
    blueprint.aspects = (*own, *blueprint.aspects)
    declare(blueprint)
    write_files(chart_files(Described(platform, blueprint, [])), folder)
    return Charted(small().catalogue, small().own, blueprint, folder / blueprint.name)


@cache
def small() -> Charted:
    """The small platform."""
    file = Path(_folders().name) / "catalogue.yaml"
    file.write_text(SMALL)
    own = file.with_name("values.yaml")
    own.write_text("postgres: {urlOptions: 'connection_limit=${poolSize}&connect_timeout=10'}\n")
    return charted(file, own)


@cache
def with_own_values() -> Charted:
    """The small platform with a values.yaml of its own, which adds to the defaults, changes them and takes some away."""
    folder = Path(_folders().name) / "own"
    folder.mkdir()
    (folder / "catalogue.yaml").write_text(SMALL)
    (folder / "values.yaml").write_text(OWN)
    return charted(folder / "catalogue.yaml", folder / "values.yaml")


SEVERAL = """\
name: shop
tiers: [{name: data}, {name: back}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
  plugin-db: {kind: postgres, tier: data, port: 5433, urlVariable: PLUGIN_DB_URL}
  cache: {kind: redis, tier: data, port: 6379, urlVariable: CACHE_URL, clients: cluster}
  jobs: {kind: rabbitmq, tier: data, port: 5672, urlVariable: JOBS_URL}
services:
  store: {tier: back, port: 3001, public: true, needs: [postgres, plugin-db, cache, jobs]}
  web:
    tier: back
    port: 3002
    needs: [plugin-db, cache, jobs]
    environment:
      WHO: "${plugin-db.user} of ${plugin-db.database}"
      DSN: "${jobs.url}?heartbeat=30 ${plugin-db.url}&a=b"
      AT: "${plugin-db.host}:${plugin-db.port} ${cache.host} ${jobs.host}"
      PASS: "${cache.password}"
      SEEDS: "${cache.nodes}"
"""
"""Data services that are not called like their kind, two of one kind among them."""


def several() -> Charted:
    """A platform with several data services of one kind."""
    return charted_text(SEVERAL)


def workloads() -> Charted:
    """The platform with every kind of workload."""
    return charted_text(WORKLOADS)


@cache
def castiel() -> Charted:
    """Castiel itself."""
    return charted(CONFIG / "catalogue.yaml", CONFIG / "values.yaml")


@cache
def bookshop() -> Charted:
    """The example of another platform."""
    return charted(ROOT / "examples" / "bookshop" / "catalogue.yaml")


@cache
def _folders() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()
