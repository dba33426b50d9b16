"""From files to a checked platform."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property, reduce
from pathlib import Path as FilePath
from typing import Any, TypeVar

import msgspec

from tierwright.config.documents import MERGE, YamlNode, examine, overlay
from tierwright.config.problems import MISSING, NO_VALUE_BUT_NEEDED, ConfigError, Path, Place, Problem, similar_to
from tierwright.config.soundness import UNSOUND, UnsoundError, salvaged, tainted, until_unsound, value_at
from tierwright.model.catalogue import Catalogue, catalogue_type
from tierwright.model.catalogue_values import implied_values
from tierwright.model.defaults import defaults_of
from tierwright.model.every_service import resolved
from tierwright.model.files import Sources
from tierwright.model.graph import Graph, Order
from tierwright.model.known_parts import Components, knows_data_services, parts_of, without_others
from tierwright.model.manifest_pieces import LISTS
from tierwright.model.names import SERVICE_NAME
from tierwright.model.other_file import Half, OtherFile
from tierwright.model.part import DATA_SERVICES, Part, possible_parts
from tierwright.model.platform import Platform
from tierwright.model.rules import CatalogueRules
from tierwright.model.settings import setting_problems
from tierwright.model.storage import of_unknown_storage, storage_problems
from tierwright.model.values import values_type
from tierwright.model.values_rules import ValuesRules, absent_components, misplaced_data_services, unknown_names
from tierwright.model.workloads import ends, is_ordered

T = TypeVar("T")


BrokenRules = Callable[[YamlNode, Platform], Iterable[Problem]]
"""What is refused of the merged values, as the user wrote them and as far as they are sound."""


def examined(
    *,
    catalogue: FilePath,
    values: Sequence[FilePath],
    components: Components,
    own: FilePath | None = None,
    rules: BrokenRules = lambda *_: (),
) -> tuple[Platform, list[Problem]]:
    """Read and check a catalogue and its values, each overlay of `values` over those before it.

    They lie over the defaults: those that come with the program, over them what the catalogue implies, over that `own`, those of
    the platform itself. `components` are those that platforms can have, and `rules` finds what they refuse. Gives the platform,
    and the rules that its values break; what would only follow from another error is left out. Raises ConfigError, with the
    broken rules too, where the catalogue or the type of a value is wrong: then there is no platform.
    """
    schemas = _Schemas(components, catalogue, values=own or (values or [catalogue.parent / "values.yaml"])[-1])
    sources = Sources(catalogue.parent)
    structure = _catalogue(catalogue, schemas, sources)
    schemas.parts = parts_of(structure.typed, components)
    quantity = _values(own, values, structure, schemas)
    graphs = UNSOUND if structure.problems else _graphs(structure.typed)
    platform = Platform(structure.typed, quantity.typed, graphs, quantity.defaults, quantity.document, schemas.parts, sources)
    sound = not (structure.problems or quantity.problems)
    if quantity.document is not None:
        quantity.refuse([*ValuesRules(quantity.document, platform).problems(), *rules(quantity.document, platform)])
    if not sound:
        # What the catalogue implies is in its own file, and may be wrong where the catalogue is.
        told = {(problem.place.file, problem.at) for problem in structure.problems}
        raise ConfigError(
            [*structure.problems, *(problem for problem in quantity.problems if (problem.place.file, problem.at) not in told)]
        )
    return platform, quantity.problems


def read_catalogue(file: FilePath, components: Components) -> Catalogue:
    """Read a catalogue. Raises ConfigError with all that is wrong with it."""
    structure = _catalogue(file, _Schemas(components, file, values=file.parent / "values.yaml"), Sources(file.parent))
    if structure.problems:
        raise ConfigError(structure.problems)
    catalogue: Catalogue = structure.typed
    return catalogue


class _Schemas:
    """What the schemas report about a document.

    They are made only where something is wrong, and the module that goes by them is imported only then: a tenth of a sound run.
    """

    def __init__(self, components: Components, catalogue: FilePath, *, values: FilePath) -> None:
        """`catalogue` and `values` are the files that errors name as the right place for a key that is in the wrong one.

        `top` is where the catalogue begins.
        """
        self.components = components
        self._files: dict[Half, FilePath] = {"catalogue": catalogue, "values": values}
        self.top = Place(str(catalogue), 1, is_default=True)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The components that the platform has, once the catalogue is known; until then all that there can be."""
        return possible_parts(self.components)

    def catalogue(self, document: YamlNode) -> list[Problem]:
        """What is wrong with a catalogue."""
        return self._found(document, "catalogue", other="values")

    def values(self, document: YamlNode) -> list[Problem]:
        """What is wrong with values."""
        return self._found(document, "values", other="catalogue")

    def deletions(self, document: YamlNode) -> list[Problem]:
        """What is wrong with keys that null removes; the typed values no longer contain them."""
        return self._of_nulls(document, "overlay", other="catalogue")

    def without_value(self, catalogue: YamlNode, written: Any) -> list[Problem]:
        """What is wrong with keys of the catalogue that have no value: a field is as if it were not there, an entry is an error.

        `written` is the catalogue with its type, which no longer contains them.
        """

        def is_entry(problem: Problem) -> bool:
            return any(until_unsound(lambda: [isinstance(value_at(written, problem.at[:-1]), dict)]))

        return self._of_nulls(catalogue, "catalogue", other="values", also=is_entry)

    def _of_nulls(
        self, document: YamlNode, name: str, *, other: Half, also: Callable[[Problem], bool] = lambda _: False
    ) -> list[Problem]:
        if not document.deletes():
            return []
        from tierwright.model.validation import BELONGS, NO_VALUE, NOT_ALLOWED, UNKNOWN

        return [
            problem
            for problem in self._found(document, name, other=other, nulls=True)
            if problem.wrong.startswith((UNKNOWN, NOT_ALLOWED, BELONGS)) or (problem.wrong == NO_VALUE and also(problem))
        ]

    def _found(self, document: YamlNode, name: str, *, other: Half, nulls: bool = False) -> list[Problem]:
        from tierwright.model.validation import problems_of

        kinds = self._kinds(document) if name == "catalogue" else {part.name: part.kind for part in self.parts}
        there = OtherFile(half=other, file=str(self._files[other]), schema=self._schema(other), kinds=kinds)
        return list(problems_of(document, self._schema(name), nulls=nulls, other=there))

    def _kinds(self, catalogue: YamlNode) -> dict[str, str]:
        """The kinds of the data services, by name, as a catalogue says them that may be wrong."""
        entries = catalogue.get(DATA_SERVICES).value
        return {name: str(entry.get("kind").value or name) for name, entry in entries.items()} if isinstance(entries, dict) else {}

    def _schema(self, name: str) -> Any:
        return _schema(name, self.components if name == "catalogue" else self.parts)


@cache
def _schema(name: str, components: Components) -> Any:
    from tierwright.model.schemas import SCHEMAS

    return SCHEMAS[name](components)


class _Checked:
    """One file, or several laid over one another, as far as they are sound.

    `typed` has UNSOUND for what is not; `document` is None where the rules that go by it would only find what follows from
    files that cannot be read.
    """

    def __init__(self) -> None:
        self.document: Any = None
        self.typed: Any = UNSOUND
        self.defaults: Any = {}
        self.problems: list[Problem] = []

    def read(self, files: Iterable[FilePath]) -> list[YamlNode]:
        """Those parts of the files that can be read."""
        documents = []
        for file in files:
            document, problems = examine(file)
            self.problems += problems
            if document is not None:
                documents.append(document)
        return documents

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Add those problems that do not follow from a value, or from a misspelt key, that the reader has refused."""
        refused = [(problem.place.file, problem.at) for problem in self.problems if problem.at]
        self.problems += [
            problem
            for problem in problems
            if not any(problem.place.file == file and _follows(problem, path) for file, path in refused)
        ]


def _follows(problem: Problem, refused: Path) -> bool:
    """Whether a problem is only there because something is refused at this path. What is lacking may be what `<<` would merge."""
    if problem.wrong == MISSING and problem.at[:-1] == refused[:-1]:
        return refused[-1] == MERGE or similar_to(str(refused[-1]), [str(problem.at[-1])]) is not None
    return problem.at[: len(refused)] == refused


def _catalogue(file: FilePath, schemas: _Schemas, sources: Sources) -> _Checked:
    checked = _Checked()
    for document in checked.read([file]):
        checked.document = document
        written, problems = _typed(document, document.plain(), catalogue_type(schemas.components), schemas.catalogue)
        checked.refuse(problems)
        nothing = schemas.without_value(document, written)
        merged = [problem.at[:-1] for problem in checked.problems if problem.at[1:] and problem.at[-1] == MERGE]
        checked.refuse(nothing)
        for path in (*merged, *(problem.at for problem in nothing)):  # nobody knows what is in them
            written = tainted(written, path)
        broken = list(CatalogueRules(document, written, sources).problems())
        checked.refuse(broken)
        for problem in broken:
            if len(problem.at) > NAMED:
                written = tainted(written, problem.at)
        checked.typed = resolved(written)
    return checked


NAMED = 2
"""The steps of an entry's path. A problem there is one of the entry's name: what is in it may be sound."""


def _values(own: FilePath | None, overlays: Sequence[FilePath], structure: _Checked, schemas: _Schemas) -> _Checked:
    """Like Helm: merge the overlays first, then lay the result over the defaults, which are one file for Helm."""
    checked, catalogue = _Checked(), structure.typed
    files = [own] if own else []
    below, above = checked.read(files), checked.read(overlays)
    # What nobody has written at all is so because of the catalogue.
    nothing = YamlNode(schemas.top, {})
    package = defaults_of(schemas.parts, _name(structure, schemas.top))
    implied = [] if structure.document is None else [implied_values(catalogue, structure.document)]
    base = reduce(overlay, [nothing, *package, *implied, *below])
    document = overlay(base, reduce(overlay, above)) if above else base
    checked.defaults = _plain(base)
    if knows_data_services(catalogue):
        checked.refuse(misplaced_data_services(document, schemas.parts))
    else:
        base, document = (without_others(values, schemas.parts) for values in (base, document))
    checked.refuse(absent_components(document, schemas.components, schemas.parts))
    of_storage, of_settings = list(storage_problems(document, catalogue)), list(setting_problems(document, catalogue))
    checked.refuse([*of_storage, *of_settings])
    kind = values_type(schemas.parts)
    checked.typed, problems = _typed(
        document, _whole(document, catalogue), kind, schemas.values, explained=_has_odd_names(catalogue)
    )
    for problem in of_storage:
        checked.typed = tainted(checked.typed, problem.at if len(problem.at) > NAMED else (*problem.at, "storage"))
    for name in of_unknown_storage(catalogue):
        checked.typed = tainted(checked.typed, ("services", name, "storage"))
    for problem in of_settings:
        checked.typed = tainted(checked.typed, problem.at)
    if not problems and _gives_whole_pieces(document):  # the schema knows what they must have
        problems = schemas.values(document)
        for problem in problems:
            checked.typed = tainted(checked.typed, problem.at)
    if below:  # the defaults are the chart's, which no overlay completes
        problems += _typed(base, _whole(base, UNSOUND), kind, schemas.values)[1]
    problems += schemas.deletions(document)
    problems += unknown_names(document, catalogue)
    if len(below) + len(above) == len(files) + len(overlays):
        checked.document = document
        checked.refuse(problems)
    else:
        checked.refuse(problem for problem in problems if problem.wrong not in LACKING)
    return checked


def _name(structure: _Checked, top: Place) -> YamlNode:
    """The name of the platform, with its line of the catalogue, which begins at `top`; any other where that is wrong."""
    place = top if structure.document is None else structure.document.locate(("name",))
    return YamlNode(place, next(until_unsound(lambda: [f"{structure.typed.name}"]), "platform"))


LACKING = (MISSING, NO_VALUE_BUT_NEEDED)
"""What a file that cannot be read may bring."""


def _has_odd_names(catalogue: Any) -> bool:
    """Whether a service has a name that it cannot have; the values have an entry for it, which then is unsound too."""
    try:
        return not all(re.match(SERVICE_NAME, name) for name in catalogue.services)
    except UnsoundError:
        return False


def _typed(
    document: YamlNode, plain: Any, kind: type[T], by_schema: Callable[[YamlNode], list[Problem]], *, explained: bool = False
) -> tuple[T, list[Problem]]:
    """Give the data its type, as far as it is sound, and report everything that is wrong with the document.

    The type stops at the first error and knows no lines; its schema, which says the same, finds them all. `explained`: where it
    finds nothing, what is wrong follows from another document.
    """
    try:
        return msgspec.convert(plain, kind), []
    except msgspec.ValidationError as error:
        problems = by_schema(document)
        return salvaged(plain, kind), problems if problems or explained else [Problem(document.place, "", str(error), "correct it")]


def _plain(document: YamlNode) -> Any:
    """The values as plain data. In the user's own objects null removes nothing: it is kept, as in Helm's lists."""
    objects = document.get("extraObjects")
    return document.plain() | ({"extraObjects": objects.with_nulls()} if isinstance(objects.value, list) else {})


def _gives_whole_pieces(document: YamlNode) -> bool:
    """Whether the lists that take what Kubernetes takes contain anything."""
    services = document.get("services").value
    above = [document.get("defaults"), *(services.values() if isinstance(services, dict) else ())]
    pieces = [document.get("extraObjects")]
    pieces += [piece.get(key) for piece in above for key in LISTS]
    return any(piece.value for piece in pieces)


def _whole(document: YamlNode, catalogue: Any) -> Any:
    """The values with a complete entry for every service: the defaults with what differs laid over them."""
    plain = _plain(document)
    defaults, own = document.get("defaults"), document.get("services").pruned()
    if not isinstance(own.value, dict):
        return plain
    try:
        names = list(catalogue.services)
    except UnsoundError:
        names = list(own.value)
    return {**plain, "services": {name: overlay(defaults, own.get(name)).plain() for name in names}}


def _graphs(catalogue: Catalogue) -> dict[Order, Graph]:
    tier_of = {name: entry.tier for name, entry in _entries(catalogue)}
    needs = {name: service.awaited for name, service in catalogue.services.items()}
    tiers = [tier.name for tier in catalogue.tiers]
    ending = [name for name, service in catalogue.services.items() if ends(service)]
    unordered = [name for name, service in catalogue.services.items() if not is_ordered(service)]

    def graph(order: Order) -> Graph:
        return Graph(order=order, tiers=tiers, tier_of=tier_of, needs=needs, ending=ending, unordered=unordered)

    return {"tiers": graph("tiers"), "graph": graph("graph")}


def _entries(catalogue: Catalogue) -> Iterator[tuple[str, Any]]:
    yield from catalogue.data_services.items()
    yield from catalogue.services.items()
