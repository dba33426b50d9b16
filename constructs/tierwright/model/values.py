"""The values: how the platform is run. What a Helm user would set."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tierwright.annotations import fields_of
from tierwright.model.composed import Entry, composed
from tierwright.model.manifest_pieces import Whole
from tierwright.model.names import (
    API_VERSION,
    DOMAIN,
    KIND,
    PUBLIC_HOST,
    REGISTRY,
)
from tierwright.model.part import DATA_SERVICES, Part
from tierwright.model.running_values import Seconds
from tierwright.model.service import Name
from tierwright.model.workload_values import Annotations, Labels, NamespaceName, ObjectName, ServiceValues

ExtraObject = Annotated[
    Whole,
    Meta(
        extra_json_schema={
            "required": ["apiVersion", "kind", "metadata"],
            "properties": {
                "apiVersion": {"type": "string", "pattern": API_VERSION},
                "kind": {"type": "string", "pattern": KIND},
                "metadata": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {
                        "name": {"type": "string"},
                        "namespace": {"type": "string"},
                        # Helm reads the annotations of every object, for its hooks.
                        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
                    },
                },
            },
        }
    ),
]


# Of these three sections others than their components read what is here: where all objects are, who waits for whom, which Secret is
# meant by a name. The component of the same name has a subclass with the rest; platforms without Secrets have no such section.


class Namespace(Entry, frozen=True):
    """The namespace. It enforces the restricted Pod Security Standard."""

    name: NamespaceName
    """Used by the manifests, and by a chart that is part of another one; otherwise the release's own is used."""


class Startup(Entry, frozen=True):
    """The gates: init containers that hold a pod back until what it waits for is ready."""

    order: Literal["tiers", "graph"]
    """What a service waits for. `tiers`: every service of the earlier tiers, and its own needs. `graph`: its own needs only."""
    tier_patience: Seconds
    """Seconds after which a gate continues without services that only the order of the tiers names. 0: never."""


class Secrets(Entry, frozen=True):
    """Where secrets come from. The manifests never contain their values."""

    mode: Literal["generate", "existing", "external"]
    """`generate`: a Job in the cluster makes the missing ones. `existing`: you make them. `external`: External Secrets fetches
    them from a store."""
    names: dict[Name, Name]
    """The Secret to use in place of the one that the catalogue names."""


class Public(Entry, frozen=True):
    """The addresses that users see."""

    host: Annotated[str, Meta(pattern=PUBLIC_HOST)]
    """The main host, with a port unless it is the usual one."""
    tls: bool
    """https instead of http."""


class Images(Entry, frozen=True):
    """Where images come from."""

    registry: Annotated[str, Meta(pattern=REGISTRY)]
    """What comes before /NAME in the references of the platform's own images."""
    public_registry: Annotated[str, Meta(pattern=REGISTRY)]
    """A mirror of Docker Hub, for images whose repository names no registry; empty: Docker Hub itself."""
    pull_policy: Literal["IfNotPresent", "Always", "Never"]
    """When a node pulls an image again."""
    pull_secrets: list[ObjectName]
    """Names of Secrets for private registries."""


class NamedDataServices(Entry, frozen=True):
    """The data services that are not called like their kind."""

    # `values_type` adds a key for each that the platform has.


class Values(Entry, frozen=True):
    """All values, with the overlays laid over."""

    # `values_type` adds those of the components.

    namespace: Namespace
    cluster_domain: Annotated[str, Meta(pattern=DOMAIN)]
    """The cluster's DNS domain."""
    public: Public
    images: Images
    startup: Startup
    common_labels: Labels
    """Labels of every object."""
    common_annotations: Annotations
    """Annotations of every object."""
    extra_objects: list[ExtraObject]
    """Complete objects of your own."""
    defaults: ServiceValues
    """How every service is run."""
    services: dict[Name, ServiceValues]
    """What differs for one service: the same keys as in `defaults`, laid over them."""

    enabled: bool = True
    """For a Helm chart that this one is part of: its `condition` may read it. The platform does not."""
    global_: Whole = msgspec.field(name="global", default_factory=dict)
    """For a Helm chart that this one is part of. The platform does not read it."""


@cache
def service_values_type(parts: tuple[Part, ...]) -> type[ServiceValues]:
    """The type of the values of a service on a platform with these components."""
    added: Mapping[str, Any] = {name: (name, kind) for part in parts for name, kind in part.service_values.items()}
    kind: type[ServiceValues] = composed(ServiceValues, added, before=dict.fromkeys(added, "placement"))
    return kind


@cache
def own_values_type(parts: tuple[Part, ...]) -> type[ServiceValues]:
    """The type of the values under `services.NAME`, laid over the defaults; they may have some that the defaults have not."""
    service = service_values_type(parts)
    added: Mapping[str, Any] = {name: (name, *kind) for part in parts for name, kind in part.own_values.items()}
    if not added:
        return service
    kind: type[ServiceValues] = composed(service, added, before=dict.fromkeys(added, "placement"), called="OwnServiceValues")
    return kind


@cache
def values_type(parts: tuple[Part, ...]) -> type[Values]:
    """The type of the values of a platform with these components."""
    service, own = service_values_type(parts), own_values_type(parts)
    changed: dict[str, Any] = {"defaults": (service,), "services": (dict[Name, own],)}  # type: ignore[valid-type]
    added: dict[str, Any] = {}
    named: dict[str, Any] = {}
    before = {part.attribute: part.before for part in parts if part.place[0] != DATA_SERVICES}
    for part in parts:
        if part.values is not None and part.place[0] == DATA_SERVICES:
            named[f"data_service_{len(named)}"] = (part.name, part.values)  # a wrong catalogue has names that no field can have
        elif part.values is not None and part.attribute in Values.__struct_fields__:
            changed[part.attribute] = (part.values,)
        elif part.values is not None:
            added[part.attribute] = (part.place[0], part.values)
    if named:
        added["data_services"] = (DATA_SERVICES, composed(NamedDataServices, named))
    whole: type[Values] = composed(Values, added, before={"data_services": "defaults", **before}, changed=changed)
    return _with_sections(whole, parts)


def _with_sections(whole: type[Values], parts: tuple[Part, ...]) -> type[Values]:
    """The type of the values in which sections have what components add to them."""
    added: dict[str, dict[str, Any]] = {}
    before: dict[str, str] = {}
    of_section: dict[str, list[type[msgspec.Struct]]] = {}
    for key, (kind, next_key) in (entry for part in parts for entry in part.section_values.items()):
        of_section.setdefault(key, []).append(kind)
        for field in fields_of(kind):
            added.setdefault(key, {})[field.name] = (field.encode_name, field.type)
            before[field.name] = next_key
    sections = [field for field in fields_of(whole) if field.encode_name in added]
    changed = {
        field.name: (composed(field.type, added[field.encode_name], before=before, described_by=of_section[field.encode_name]),)
        for field in sections
    }
    extended: type[Values] = composed(whole, {}, changed=changed) if changed else whole
    return extended
