"""What a schema cannot say: the checks of the values, among themselves and against the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from tierwright.config.documents import YamlNode
from tierwright.config.problems import Path, Problem, choices, dotted
from tierwright.config.soundness import until_unsound
from tierwright.model.catalogue import Catalogue
from tierwright.model.checks import EPHEMERAL_STORAGE, ROOM, Checks, overflow
from tierwright.model.data_service_rules import DataServiceRules
from tierwright.model.data_values import Storage
from tierwright.model.named_entries import unknown_entries
from tierwright.model.part import DATA_SERVICES, Part, PartKind, Rule, possible_parts
from tierwright.model.platform import secret_names
from tierwright.model.storage import storage_names
from tierwright.model.typed_rules import TypedRules
from tierwright.model.values import Values
from tierwright.model.workload_values import ServiceValues
from tierwright.model.workloads import meaningless_values


def unknown_names(document: YamlNode, catalogue: Catalogue) -> Iterator[Problem]:
    """Names that the catalogue does not have, also those that null removes; reported before the values are typed."""
    places: tuple[tuple[Path, Callable[[], Iterable[str]], str], ...] = (
        (("services",), lambda: catalogue.services, "the catalogue has no such service"),
        (("public", "hosts"), lambda: catalogue.public_hosts, "the catalogue has no public host `{}`"),
        (("secrets", "names"), lambda: secret_names(catalogue), "there is no secret `{}`"),
        (("networkPolicy", "externalCidrs"), lambda: catalogue.external, "the catalogue has no external destination `{}`"),
    )
    for path, known, wrong in places:
        yield from until_unsound(unknown_entries(document, path, known, wrong))


def absent_components(document: YamlNode, components: Iterable[Part | PartKind], parts: Collection[Part]) -> Iterator[Problem]:
    """Values of components that the platform does not have, also where null takes them away."""
    services = document.get("services").value
    of_services: list[Path] = [("services", name) for name in services] if isinstance(services, dict) else []
    brought_too = {key for part in parts for key in (*part.service_values, *part.own_values)}
    written = _keys_of_services(document)
    kinds_too = not written <= {*ServiceValues.__struct_encode_fields__, *brought_too}  # what they add is read only then
    asked = [one for one in components if kinds_too or isinstance(one, Part) or document.below(one.name)]
    for part in possible_parts(asked):
        if part in parts:
            continue
        of_every = [key for key in part.service_values if key not in brought_too]
        of_one = [key for key in part.own_values if key not in brought_too]
        brought: list[Path] = [part.place] if part.values is not None else []
        brought += [(section, key) for section, (kind, _) in part.section_values.items() for key in kind.__struct_encode_fields__]
        brought += [(*above, key) for above in (("defaults",), *of_services) for key in of_every]
        brought += [(*above, key) for above in of_services for key in of_one]
        for path in brought:
            above: YamlNode | None = document
            for step in path:
                above = above.below(step) if above else None
            if above is not None:
                yield Problem(above.place, dotted(path), *_lacking(part, parts), path)


def _keys_of_services(document: YamlNode) -> set[str]:
    """What is written of services, below the defaults and below any of them."""
    services = document.get("services").value
    entries = [document.get("defaults"), *(services.values() if isinstance(services, dict) else ())]
    return {key for entry in entries if isinstance(entry.value, dict) for key in entry.value}


def _lacking(absent: Part, parts: Iterable[Part]) -> tuple[str, str]:
    """What is wrong with values of a component that the platform does not have, and the way out."""
    alike = [dotted(part.place) for part in parts if absent.kind and part.kind == absent.kind]
    wrong, allowed = absent.lacking
    return wrong, f"write them below {' or '.join(alike)}, or remove this" if alike else allowed


def misplaced_data_services(document: YamlNode, parts: Iterable[Part]) -> Iterator[Problem]:
    """Values of data services that the catalogue does not have, or that are in the wrong one of the two places."""
    places = {part.name: part.place for part in parts if part.connection is not None}
    named = [name for name, place in places.items() if place[0] == DATA_SERVICES]
    if not named:
        yield from _needless_data_services(document, places)
        return
    entries = document.get(DATA_SERVICES).value
    for name in named:
        if document.below(name) is not None and name not in Values.__struct_encode_fields__:
            wrong = f"is not allowed here, as {name} is not the name of its kind"
            yield Problem(document.locate((name,)), dotted((name,)), wrong, f"move it to {DATA_SERVICES}.{name}", (name,))
    for name in entries if isinstance(entries, dict) else ():
        wrong, remedy = "the catalogue has no such data service", choices(name, named)
        if name in places:
            wrong, remedy = "is not allowed here, as its name is that of its kind", f"move it to {name}, at the top"
        if name not in named:
            path = (DATA_SERVICES, name)
            yield Problem(document.locate(path), dotted(path), wrong, remedy, path)


def _needless_data_services(document: YamlNode, others: Collection[str]) -> Iterator[Problem]:
    """All of `dataServices` where no values belong there; entries of a catalogue are reported as such by the schema."""
    entries = document.below(DATA_SERVICES)
    if entries is None or (isinstance(entries.value, dict) and any(entries.has((name, "tier")) for name in entries.value)):
        return
    wrong = "the catalogue has no data service whose values are here"
    remedy = f"the values of {', '.join(others)} are at the top" if others else "remove this"
    yield Problem(entries.place, DATA_SERVICES, wrong, remedy, (DATA_SERVICES,))


ALONE = ("volumes on the node's disk that are larger than the limit of ephemeral-storage",)
"""What the rules of services refuse and templates cannot find, for the README of the chart."""


class ValuesRules(Checks):
    """All rules of the values of one platform."""

    def problems(self) -> Iterator[Problem]:
        """Everything that is wrong."""
        for rule in self._rules():
            yield from until_unsound(rule)

    def _rules(self) -> Iterator[Iterator[Problem]]:
        yield from self._of_components()
        yield from TypedRules(self._document, self._platform).rules()
        yield from DataServiceRules(self._document, self._platform).rules()
        for name in until_unsound(lambda: self._platform.catalogue.services):
            yield self._room(name)
            yield self._meaningless(name)

    def _room(self, name: str) -> Iterator[Problem]:
        """What a service has on the node's disk fits into its limit."""
        values, service = self._platform.values_of(name), self._platform.service(name)
        has_scratch = self._platform.catalogue.has_scratch(service)
        volumes = {"scratch": values.scratch} if has_scratch else {}
        paths: list[Path] = [*([("scratch",)] if has_scratch else []), ("resources", "limits", EPHEMERAL_STORAGE)]
        for storage in storage_names(service):
            claim: Storage = values.storage[storage]  # type: ignore[attr-defined] # a field that a component adds
            if not claim.persistent:
                volumes[f"storage.{storage}.size"] = claim.size
                paths.insert(0, ("storage", storage, "persistent"))
        if wrong := overflow(values.resources, **volumes):
            yield self._problem(self._of_service(name, *paths), wrong, ROOM)

    def _meaningless(self, name: str) -> Iterator[Problem]:
        """Values that somebody has written for a service, although they mean nothing for one of its nature."""
        service, known = self._platform.service(name), self._platform.values_of(name).__struct_encode_fields__
        for path, nature in meaningless_values(self._platform.catalogue, service):
            if path[0] not in known:
                continue  # of a component that the platform does not have, which is told already
            for place in self._document.written(("services", name, *path)):
                yield self._problem(place, f"is not allowed, as {name} {nature}", "remove it")

    def _of_components(self) -> Iterator[Iterator[Problem]]:
        for part in until_unsound(lambda: [*self._platform.catalogue.parts()]):
            for rule in part.program_rules:
                yield self._of_component(rule)

    def _of_component(self, rule: Rule) -> Iterator[Problem]:
        for one in rule(self._platform):
            yield self._problem(one.path, one.wrong, one.allowed, alone=one.alone)
