"""What a schema cannot say: the checks across entries of the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from castiel.model.catalogue import Catalogue, DataServices, Service
from castiel.model.documents import Node
from castiel.model.graph import find_cycle
from castiel.model.platform import PLACEHOLDER
from castiel.model.problems import Path, Problem, choices, dotted, shown

DERIVED_VARIABLES = frozenset({"PORT", "SERVICE_NAME", "DB_PASSWORD", "RABBITMQ_PASSWORD", "REDIS_PASSWORD"})
"""Variables that every service gets, or that URLs refer to: nobody else may set them."""

PLACEHOLDERS = frozenset({"publicUrl"})

DATA_SERVICES = frozenset(DataServices.__struct_fields__)
RESERVED_NAMES = DATA_SERVICES | {"secret-generator", "startup-gate", "default-deny", "quota", "limits"}
RESERVED_SUFFIXES = ("-nodes", "-developer")


class CatalogueRules:
    """The rules of one catalogue, which its schema accepts."""

    def __init__(self, document: Node, catalogue: Catalogue) -> None:
        self._document = document
        self._catalogue = catalogue
        self._data_services = catalogue.data_services.present()
        self._known = {**{name: entry.tier for name, entry in self._data_services.items()}}
        self._known |= {name: service.tier for name, service in catalogue.services.items()}
        self._rank: dict[str, int] = {}
        for tier in catalogue.tiers:
            self._rank.setdefault(tier.name, len(self._rank))

    def problems(self) -> Iterator[Problem]:
        """Everything that is wrong; needs are looked at only where the tiers and names hold."""
        yield from self._tiers()
        yield from self._names()
        yield from self._ports()
        yield from self._references()
        yield from self._variables()
        yield from self._needs()

    def _problem(self, path: Path, wrong: str, allowed: str) -> Problem:
        return Problem(self._document.locate(path), dotted(path), wrong, allowed)

    def _unknown(self, path: Path, what: str, name: str, known: Collection[str]) -> Problem:
        return self._problem(path, f"there is no {what} `{name}`", choices(name, known))

    def _tiers(self) -> Iterator[Problem]:
        seen: set[str] = set()
        for at, tier in enumerate(self._catalogue.tiers):
            if tier.name in seen:
                yield self._problem(
                    ("tiers", at, "name"), f"the tier `{tier.name}` stands twice", "give each tier a name of its own"
                )
            seen.add(tier.name)
        for kind, entries in (("dataServices", self._data_services), ("services", self._catalogue.services)):
            for name, entry in entries.items():
                if entry.tier not in self._rank:
                    yield self._unknown((kind, name, "tier"), "tier", entry.tier, list(self._rank))

    def _names(self) -> Iterator[Problem]:
        for name in self._catalogue.services:
            if name in RESERVED_NAMES or name.endswith(RESERVED_SUFFIXES):
                yield self._problem(("services", name), f"the name `{name}` is reserved", "choose another name")
        for name in self._catalogue.secrets:
            if name.removesuffix("-credentials") in self._data_services:
                yield self._problem(("secrets", name), f"the name `{name}` is reserved", "choose another name")

    def _ports(self) -> Iterator[Problem]:
        owners = {entry.port: name for name, entry in self._data_services.items()}
        for name, service in self._catalogue.services.items():
            owner = owners.setdefault(service.port, name)
            if owner != name:
                wrong = f"{service.port} is the port of {owner}"
                yield self._problem(("services", name, "port"), wrong, "give each service a port of its own")

    def _references(self) -> Iterator[Problem]:
        kinds: dict[str, tuple[str, Collection[str]]] = {
            "secrets": ("secret", self._catalogue.secrets),
            "external": ("external destination", self._catalogue.external),
        }
        for name, service in self._catalogue.services.items():
            for key, (what, known) in kinds.items():
                used: list[str] = getattr(service, key)
                for at, one in enumerate(used):
                    if one not in known:
                        yield self._unknown(("services", name, key, at), what, one, list(known))
                    elif one in used[:at]:
                        yield self._problem(("services", name, key, at), f"`{one}` stands twice", "name each once")

    def _variables(self) -> Iterator[Problem]:
        carriers: dict[str, str] = {}
        for name in self._known:
            variable = self._catalogue.url_variable(name)
            kind = "dataServices" if name in self._data_services else "services"
            owner = carriers.setdefault(variable, name)
            if owner != name or variable in DERIVED_VARIABLES:
                wrong = f"{variable} carries {'the URL of ' + owner if owner != name else 'something else'} already"
                yield self._problem((kind, name, "urlVariable"), wrong, "choose another variable")
        for name, service in self._catalogue.services.items():
            yield from self._own_variables(name, service)

    def _own_variables(self, name: str, service: Service) -> Iterator[Problem]:
        """Each variable of a service has one origin."""
        owners = dict.fromkeys(DERIVED_VARIABLES, "is set for every service")
        owners |= {
            self._catalogue.url_variable(need): f"carries the URL of {need}" for need in service.needs if need in self._known
        }
        for at, secret in enumerate(service.secrets):
            sound = secret in self._catalogue.secrets and secret not in service.secrets[:at]
            for key in self._catalogue.secrets[secret].keys if sound else ():
                if key in owners:
                    wrong = f"the key {key} of `{secret}` {owners[key]} already"
                    yield self._problem(("services", name, "secrets", at), wrong, "give each variable one origin")
                owners[key] = f"comes from the secret `{secret}`"
        for variable, text in service.environment.items():
            path = ("services", name, "environment", variable)
            if variable in owners:
                yield self._problem(path, f"{variable} {owners[variable]}", "remove it here")
            for placeholder in PLACEHOLDER.findall(text):
                if placeholder not in PLACEHOLDERS:
                    known = ", ".join(f"${{{one}}}" for one in sorted(PLACEHOLDERS))
                    yield self._problem(path, f"there is no placeholder `${{{shown(placeholder)}}}`", f"allowed: {known}")

    def _needs(self) -> Iterator[Problem]:
        sound: dict[str, list[str]] = {}
        for name, service in self._catalogue.services.items():
            sound[name] = []
            for at, need in enumerate(service.needs):
                path = ("services", name, "needs", at)
                if need in DATA_SERVICES and need not in self._known:
                    yield self._problem(path, f"the platform has no {need}", "add it to dataServices, or drop the need")
                elif need not in self._known:
                    yield self._unknown(path, "service", need, list(self._known))
                elif need in service.needs[:at]:
                    yield self._problem(path, f"`{need}` stands twice", "name each need once")
                elif self._rank.get(self._known[need], 0) > self._rank.get(service.tier, len(self._rank)):
                    wrong = f"{name} (tier {service.tier}) needs {need} of the later tier {self._known[need]}"
                    yield self._problem(path, wrong, f"move {name} to {self._known[need]} or later, or drop the need")
                else:
                    sound[name].append(need)
        cycle = find_cycle(sound)
        if cycle:
            first = cycle[0]
            path = ("services", first, "needs", self._catalogue.services[first].needs.index(cycle[1]))
            yield self._problem(path, f"the needs form a cycle: {' -> '.join(cycle)}", "drop one of these needs")
