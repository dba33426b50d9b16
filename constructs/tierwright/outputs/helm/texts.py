"""What the chart says to its reader: Chart.yaml, NOTES.txt, README.md."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from tierwright.admission import ALONE as ADMISSION_ALONE
from tierwright.blueprint import Blueprint
from tierwright.blueprint.facts import public_url
from tierwright.components.chart_test import CHART_TEST
from tierwright.expressions.expression import Context
from tierwright.kit.component import components_of
from tierwright.kit.credentials import PASSWORD_KEY, USERNAME
from tierwright.model import data_service_rules, typed_rules, values_rules
from tierwright.model.catalogue import Catalogue
from tierwright.model.labels import POD_SECURITY
from tierwright.model.own_names import gate_of
from tierwright.model.part import Part
from tierwright.model.platform import credentials_of, login_secret
from tierwright.model.ports import MAIN
from tierwright.model.public import PublicAddress, PublicEntry
from tierwright.model.service import Service
from tierwright.model.workloads import ends, is_ordered
from tierwright.outputs.helm.scalars import inline
from tierwright.outputs.yaml_text import on_one_line

KUBERNETES = ">=1.32.0-0"
"""The oldest Kubernetes that the manifests are validated against; -0 lets the builds of cloud providers through."""

MADE_BY = "tierwright 0.1.0"
"""The program that writes the chart, in the version of pyproject.toml."""

IGNORED = """\
# What `helm package` leaves out.
.git/
.gitignore
.DS_Store
*.bak
*.orig
*.swp
*.tmp
"""


def chart_file(catalogue: Catalogue) -> str:
    """Chart.yaml."""
    chart = catalogue.chart
    lines = [
        "apiVersion: v2",
        f"name: {on_one_line(catalogue.name)}",
        f"description: {on_one_line(catalogue.description or f'The platform {catalogue.name}')}",
        "type: application",
        f"version: {on_one_line(chart.version)}",
        f'appVersion: "{chart.app_version}"',
        f'kubeVersion: "{KUBERNETES}"',
    ]
    for key, entries in (("keywords", chart.keywords), ("sources", chart.sources)):
        if entries:
            lines += [f"{key}:", *(f"  - {on_one_line(entry)}" for entry in entries)]
    if chart.icon:
        lines.append(f"icon: {on_one_line(chart.icon)}")
    lines += ["annotations:", f"  made-by: {MADE_BY}"]
    return "\n".join(lines) + "\n"


def notes(blueprint: Blueprint) -> str:
    """NOTES.txt: how to watch the start and how to get in."""
    catalogue = blueprint.catalogue
    public = [name for name, service in catalogue.services.items() if service.public]
    waited = _waited_for(catalogue)
    return f"""\
{{{{- include "{catalogue.name}.values" . -}}}}
{catalogue.name} {{{{ .Chart.AppVersion }}}} starts. Watch it{" (Init:2/5: the pod waits for its third tier)" if waited else ""}:

  kubectl get pods -n {{{{ .Values.namespace.name }}}} --watch
{_gate(waited) if waited else ""}
If the namespace does not enforce the restricted Pod Security Standard yet, run

{textwrap.indent(_enforced("{{ .Values.namespace.name }}"), "  ")}
{"".join(_way_in(blueprint, name) for name in public)}
{"".join(one.notes for one in components_of(catalogue))}"""


def _waited_for(catalogue: Catalogue) -> str:
    """The first tier that a gate waits for; empty where there is no gate."""
    services = catalogue.services.values()
    awaited = [(name, entry.tier) for name, entry in catalogue.data_services.items()]
    awaited += [(name, entry.tier) for name, entry in catalogue.services.items() if not ends(entry)]
    names = [tier.name for tier in catalogue.tiers]
    for at, tier in enumerate(names):
        members = {name for name, its in awaited if its == tier}
        is_followed = any(service.tier in names[at + 1 :] and is_ordered(service) for service in services)
        if members and (is_followed or any(not members.isdisjoint(service.awaited) for service in services)):
            return tier
    return ""


def _gate(tier: str) -> str:
    return f"""
See what a pod waits for:

  kubectl logs -n {{{{ .Values.namespace.name }}}} POD -c {gate_of(tier)}
"""


def _enforced(namespace: str) -> str:
    """The command by which a namespace that Helm does not make gets the labels that ours has."""
    modes = [f"{label}={setting}" for label, setting in POD_SECURITY.items()]
    pairs = [" ".join(modes[at : at + 2]) for at in range(0, len(modes), 2)]
    return " \\\n  ".join([f"kubectl label --overwrite namespace {namespace}", *pairs])


def _forwarded(port: int) -> tuple[int, str]:
    """The port of this machine from which a port is forwarded, one at which anybody may listen; and both, as kubectl takes them."""
    local = port if port >= _FREE_FOR_ALL else port + 8000
    return local, f"{port}" if local == port else f"{local}:{port}"


_FREE_FOR_ALL = 1024


def _way_in(blueprint: Blueprint, name: str) -> str:
    service = blueprint.service(name)
    seen = f", which users see at {inline(public_url(blueprint, name), Context())}" if _is_addressed(service) else ""
    page = "{{ $service.probes.readinessPath }}"
    local, ports = _forwarded(service.named_port(MAIN).port)
    call = f"\n  curl http://localhost:{local}{page}" if service.probe_handler.by_url else ""
    return f"""\
{{{{- $service := index .Values.services "{name}" }}}}
{{{{- if $service.enabled }}}}

{name}{seen}:
{{{{ if eq $service.service.type "ClusterIP" }}}}
  kubectl port-forward -n {{{{ .Values.namespace.name }}}} service/{name} {ports}{call}
{{{{- else }}}}
  kubectl get service -n {{{{ .Values.namespace.name }}}} {name}
{{{{- end }}}}
{{{{- end }}}}
"""


def _is_addressed(service: Service) -> bool:
    """Whether the catalogue says at which host and path users see it."""
    return isinstance(service.public, PublicEntry)


def _addresses(catalogue: Catalogue) -> str:
    """The addresses that the catalogue gives, for the README; empty where it gives none."""
    rows = [f"| `{name}` | {_host(one.public_address)} |\n" for name, one in catalogue.services.items() if _is_addressed(one)]
    return f"## Public addresses\n\n| service | host | path |\n|---|---|---|\n{''.join(rows)}\n" if rows else ""


def _host(address: PublicAddress | None) -> str:
    assert address is not None
    host = f"`public.hosts.{address.host}`, or {address.host}.`public.host`" if address.host else "`public.host`"
    return f"{host} | `{address.path}`"


def readme(catalogue: Catalogue, table: str) -> str:
    """README.md of the chart."""
    name = catalogue.name
    alone = "".join(f"- {one}\n" for one in _alone(catalogue))
    test = f"helm test {name} --namespace {name}\n" if CHART_TEST in catalogue.parts() else ""
    return f"""\
# {name}

{" ".join((catalogue.description or f"The platform {name}").split())}.

```
kubectl create namespace {name}
{_enforced(name)}
helm install {name} . --namespace {name}
{test}```

The labels make the namespace enforce the restricted Pod Security Standard. Set them before the first pod starts.

Install one release per namespace: the services find one another by fixed names. Every pod waits in its init containers until what
it needs is ready, so `--wait` needs a timeout longer than the complete start. `helm template` needs no cluster and gives the same
objects as `helm install`, so Argo CD and Flux work too.

An upgrade keeps what you have set by

```
helm upgrade {name} . --namespace {name} --reset-then-reuse-values
```

With `--reuse-values` Helm keeps the defaults of the earlier chart as well, and this one refuses them where it has others. What you
have set and this chart does not have is refused too, by its name; take it out by `--set NAME=null`.

{_secrets(catalogue)}{_addresses(catalogue)}\
## Values

`services.NAME` takes every key of `defaults` and is laid over it: maps merge, lists replace, null means the default. Elsewhere,
null removes a default. `services.NAME.enabled: false` leaves a service out; this is refused while another service needs it, unless
the catalogue calls it optional.

{table}
## What the chart does not check

Values that contradict one another are refused, as far as a template can find that. The program that writes this chart finds more:
check your values with it before you install. It alone refuses

{alone}"""


def _alone(catalogue: Catalogue) -> list[str]:
    """What the program alone refuses, in words."""
    of_parts = [one for part in catalogue.parts() for one in part.alone]
    general = [*typed_rules.ALONE, *values_rules.ALONE, *(data_service_rules.ALONE if catalogue.connected() else ())]
    return [*general, *of_parts, *ADMISSION_ALONE]


def _secrets(catalogue: Catalogue) -> str:
    """The Secrets that the platform has, for the README; empty where it has none."""
    if not catalogue.has_secrets:
        return ""
    return f"""\
## Secrets

With `secrets.mode: generate` (the default) a Job makes the missing Secrets and never changes one that exists. Secrets and volumes
stay when the release is uninstalled. With `existing` you make the Secrets; with `external`, External Secrets does.

| Secret | keys | |
|---|---|---|
{"".join(_secret_rows(catalogue))}
"""


def _secret_rows(catalogue: Catalogue) -> Iterator[str]:
    for part in catalogue.parts():
        where = f", where {part.connection.title} runs here" if part.connection else ""
        for secret, keys in part.secrets.items():
            named = _naming_the_user(part) if secret == credentials_of(part.name) else ""
            yield f"| `{secret}` | {_listed(keys)}{named} | generated{where} |\n"
        if part.connection and part.connection.login_switch and catalogue.logins(part.name):
            secret = login_secret(part.name, "SERVICE")
            yield f"| `{secret}` | `{PASSWORD_KEY}` | generated, where each service has a login of its own |\n"
    for secret, entry in catalogue.secrets.items():
        yield f"| `{secret}` | {_listed(entry.keys)} | {entry.source}{', optional' if entry.optional else ''} |\n"


def _naming_the_user(part: Part) -> str:
    """Under which topologies the Secret of a data service's clients has the user's name too, which an operator reads there."""
    operated = part.connection.operated if part.connection else {}
    topologies = [f"`{topology}`" for topology, one in operated.items() if one.named]
    return f", under {', '.join(topologies)} also `{USERNAME}`" if topologies else ""


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)
