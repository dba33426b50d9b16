"""What the chart says to its reader: Chart.yaml, NOTES.txt, README.md."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from tierwright.kit.component import components_of
from tierwright.model.catalogue import Catalogue, DataService, Service
from tierwright.model.labels import POD_SECURITY
from tierwright.model.own_names import gate_of
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


def notes(catalogue: Catalogue) -> str:
    """NOTES.txt: how to watch the start and how to get in."""
    public = [name for name, service in catalogue.services.items() if service.public]
    waited = _waited_for(catalogue)
    return f"""\
{{{{- include "{catalogue.name}.values" . -}}}}
{catalogue.name} {{{{ .Chart.AppVersion }}}} starts. Watch it{" (Init:2/5: waits for its third tier)" if waited else ""}:

  kubectl get pods -n {{{{ .Values.namespace.name }}}} --watch
{_gate(waited) if waited else ""}
Where the namespace does not enforce the restricted Pod Security Standard yet:

{textwrap.indent(_enforced("{{ .Values.namespace.name }}"), "  ")}
{"".join(_way_in(catalogue, name) for name in public)}
{{{{- if eq .Values.secrets.mode "generate" }}}}

The Secrets are made in the cluster where they are absent, and stay when the release goes. Keep a copy of them: without
it the data on the volumes cannot be read again.
{{{{- else if eq .Values.secrets.mode "existing" }}}}

The Secrets must exist in the namespace; README.md lists them.
{{{{- end }}}}
{"".join(one.notes for one in components_of(catalogue))}"""


def _waited_for(catalogue: Catalogue) -> str:
    """The first tier that a gate waits for; empty where there is no gate."""
    entries: dict[str, DataService | Service] = {**catalogue.data_services.present(), **catalogue.services}
    names = [tier.name for tier in catalogue.tiers]
    for at, tier in enumerate(names):
        members = {name for name, entry in entries.items() if entry.tier == tier}
        services = catalogue.services.values()
        if members and any(service.tier in names[at + 1 :] or not members.isdisjoint(service.needs) for service in services):
            return tier
    return ""


def _gate(tier: str) -> str:
    return f"""
What a pod waits for:

  kubectl logs -n {{{{ .Values.namespace.name }}}} POD -c {gate_of(tier)}
"""


def _enforced(namespace: str) -> str:
    """The command by which a namespace that Helm does not make gets the labels that ours has."""
    modes = [f"{label}={setting}" for label, setting in POD_SECURITY.items()]
    pairs = [" ".join(modes[at : at + 2]) for at in range(0, len(modes), 2)]
    return " \\\n  ".join([f"kubectl label --overwrite namespace {namespace}", *pairs])


def _way_in(catalogue: Catalogue, name: str) -> str:
    port = catalogue.services[name].port
    return f"""\
{{{{- $service := index .Values.services "{name}" }}}}
{{{{- if $service.enabled }}}}

{name}:
{{{{ if eq $service.service.type "ClusterIP" }}}}
  kubectl port-forward -n {{{{ .Values.namespace.name }}}} service/{name} {port}
  curl http://localhost:{port}/health
{{{{- else }}}}
  kubectl get service -n {{{{ .Values.namespace.name }}}} {name}
{{{{- end }}}}
{{{{- end }}}}
"""


def readme(catalogue: Catalogue, table: str) -> str:
    """README.md of the chart."""
    name = catalogue.name
    secrets = "".join(_secret_rows(catalogue))
    return f"""\
# {name}

{" ".join((catalogue.description or f"The platform {name}").split())}.

```
kubectl create namespace {name}
{_enforced(name)}
helm install {name} . --namespace {name}
helm test {name} --namespace {name}
```

The labels come first, so that no pod starts without them: the namespace then enforces the restricted Pod Security Standard.

One release a namespace: the services find one another by fixed names. Every pod waits in its init containers until what it
needs is ready, so `--wait` wants a timeout that is longer than the whole start. `helm template` needs no cluster and
gives the same as `helm install`, so Argo CD and Flux work too.

## Secrets

With `secrets.mode: generate` (the default) a Job makes those that are absent and never changes one that exists; they and the
volumes stay when the release is uninstalled. With `existing` you make them, with `external` External Secrets does.

| Secret | keys | |
|---|---|---|
{secrets}
## Values

`services.NAME` takes every key of `defaults` and is laid over it: maps merge, lists replace, null stands for the default.
Elsewhere null takes a default away. `services.NAME.enabled: false` leaves a service out; that is refused while another one
needs it, unless the catalogue calls it optional.

{table}"""


def _secret_rows(catalogue: Catalogue) -> Iterator[str]:
    for part in catalogue.parts():
        where = f", where {part.connection.title} runs here" if part.connection else ""
        yield from (f"| `{secret}` | {_listed(keys)} | generated{where} |\n" for secret, keys in part.secrets.items())
    for secret, entry in catalogue.secrets.items():
        yield f"| `{secret}` | {_listed(entry.keys)} | {entry.source}{', optional' if entry.optional else ''} |\n"


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)
