"""What a schema cannot say: the checks across entries of the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from castiel.model.catalogue import Catalogue, Service
from castiel.model.documents import Node
from castiel.model.environment import OF_EVERY_SERVICE, Derived, derived_variables
from castiel.model.graph import find_cycle
from castiel.model.own_names import DATA_SERVICES, PLATFORM_NAMES, is_reserved
from castiel.model.platform import PLACEHOLDER
from castiel.model.problems import Path, Problem, choices, dotted, shown

PLACEHOLDERS = frozenset({"publicUrl"})

OTHER_PORTS = {"rabbitmq": (4369, 15672, 15692, 25672)}
"""The ports of a data service beside its own: RabbitMQ's port mapper, management page, metrics and the way between nodes."""


class CatalogueRules:
    """The rules of one catalogue, which its schema accepts."""

    def __init__(self, document: Node, catalogue: Catalogue) -> None:
        self._document = document
        self._catalogue = catalogue
        self._data_services = catalogue.data_services.present()
        self._known = {**{name: entry.tier for name, entry in self._data_services.items()}}
        self._known |= {name: service.tier for name, service in catalogue.services.items() if name not in self._known}
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
        if self._catalogue.name in PLATFORM_NAMES:
            yield self._problem(("name",), f"the name `{self._catalogue.name}` is reserved", "choose another name")
        for name in self._catalogue.services:
            if is_reserved(name, self._catalogue):
                yield self._problem(("services", name), f"the name `{name}` is reserved", "choose another name")
        for name in self._catalogue.secrets:
            if name.removesuffix("-credentials") in self._data_services:
                yield self._problem(("secrets", name), f"the name `{name}` is reserved", "choose another name")

    def _ports(self) -> Iterator[Problem]:
        """Services may share ports, since each pod has an address of its own; a server cannot listen twice on one."""
        for name, entry in self._data_services.items():
            others = OTHER_PORTS.get(name, ())
            if entry.port in others:
                allowed = f"allowed: a port other than {', '.join(map(str, others))}"
                yield self._problem(("dataServices", name, "port"), f"{name} listens on {entry.port} for something else", allowed)

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
            if owner != name or variable in OF_EVERY_SERVICE:
                wrong = f"{variable} carries {'the URL of ' + owner if owner != name else 'something else'} already"
                yield self._problem((kind, name, "urlVariable"), wrong, "choose another variable")
        for name, service in self._catalogue.services.items():
            yield from self._own_variables(name, service)

    def _own_variables(self, name: str, service: Service) -> Iterator[Problem]:
        """Each variable of a service has one origin."""
        owners: dict[str, Derived] = {}
        for one in derived_variables(self._catalogue, name):
            owner = owners.setdefault(one.name, one)
            told = owner.does == one.does or (one.need and (owner.need or owner.name in OF_EVERY_SERVICE))  # as a rule of its own
            if owner is not one and not told:
                yield self._problem(("services", name, *one.path), *_twofold(one, owner))
        for variable, text in service.environment.items():
            path = ("services", name, "environment", variable)
            if variable in owners:
                yield self._problem(path, f"{variable} {owners[variable].does}", "remove it here")
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
                elif need not in self._data_services:  # those wait for nothing
                    sound[name].append(need)
        cycle = find_cycle(sound)
        if cycle:
            first = cycle[0]
            path = ("services", first, "needs", self._catalogue.services[first].needs.index(cycle[1]))
            yield self._problem(path, f"the needs form a cycle: {' -> '.join(cycle)}", "drop one of these needs")


def _twofold(one: Derived, owner: Derived) -> tuple[str, str]:
    """What is wrong with a variable that follows from two entries, and the way out."""
    if one.need:
        wrong = f"{one.name}, the variable for the URL of {one.need}, {owner.does} already"
        return wrong, f"choose another urlVariable for {one.need}"
    secret = one.does.removeprefix("comes from the secret ")
    return f"the key {one.name} of {secret} {owner.does} already", "give each variable one origin"
