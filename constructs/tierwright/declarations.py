"""What components declare: objects and named templates. A second one of the same name is an error in the program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import FunctionType, MethodType

import msgspec

from tierwright.expressions.conditions import Condition, exclude_each_other
from tierwright.expressions.differences import same
from tierwright.expressions.expression import Expression, Operand, Scope, describe
from tierwright.expressions.tokens import operand_of
from tierwright.expressions.tree import Include, NamedTemplate, Tree, Verbatim, resolve

Build = Callable[[], Tree]


class DeclarationError(ValueError):
    """Two declarations of the same name; the message names both places in the code."""


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """An object that a component declared: its file, its condition and its content.

    `file` is the file of the manifests, `template` that of the Helm chart; each is empty where the object is of the other alone.
    `id` is its name among the constructs of the file, `service` the one whose values it reads.
    """

    file: str
    id: str
    template: str
    service: str
    api_version: str
    kind: str
    condition: Condition
    manifest: Mapping[str, Tree]

    @property
    def concern(self) -> str:
        """The concern that declares it: for the objects of a service or data service, its name."""
        return self.id.partition(".")[0]

    @property
    def name(self) -> str | Expression:
        """The name of the object."""
        metadata = self.manifest["metadata"]
        if isinstance(metadata, Verbatim):
            written: str = metadata.data["name"]
            return written
        if isinstance(metadata, Include):  # of a service, whose name is no token
            named: str = resolve(metadata.template.body["name"], Scope({}, arguments=dict(metadata.arguments)))
            return named
        name: str | Expression = operand_of(metadata["name"])
        return name

    @property
    def is_given(self) -> bool:
        """Whether the object is the user's; then the user chooses its name, and errors about the name are for the user."""
        return isinstance(self.manifest["metadata"], Verbatim)

    @property
    def place(self) -> str:
        """The file and the construct in it, for errors."""
        return f"{self.file or self.template}/{self.id}"

    @property
    def shown(self) -> str:
        """Kind and name, for errors."""
        return f"{self.kind} `{describe(self.name) if isinstance(self.name, Expression) else self.name}`"


class Declarations:
    """The declared objects in their order: no two of one kind and name in one output, no two of one id in one file.

    Two whose conditions exclude each other are alternatives, and may share both.
    """

    def __init__(self) -> None:
        self._all: list[Declared] = []
        self._of_name: dict[tuple[str, str, str | Expression], list[Declared]] = {}
        self._of_id: dict[tuple[str, str], list[Declared]] = {}

    def __iter__(self) -> Iterator[Declared]:
        """All of them."""
        return iter(self._all)

    def add(self, declared: Declared) -> None:
        """Add an object. Raises DeclarationError with both places where there is one of its kind and name, or of its id."""
        self._add_id(declared)
        if not declared.is_given:
            self._add_name(declared)
        self._all.append(declared)

    def _add_id(self, declared: Declared) -> None:
        if not declared.file:
            return
        same_id = self._of_id.setdefault((declared.file, declared.id), [])
        for other in _beside(declared, same_id):
            raise DeclarationError(
                f"{declared.place} is declared twice, as {other.shown} and as {declared.shown}; "
                "give each object of a file an id of its own"
            )
        same_id.append(declared)

    def _add_name(self, declared: Declared) -> None:
        group = declared.api_version.rpartition("/")[0]
        same_name = self._of_name.setdefault((group, declared.kind, declared.name), [])
        for other in _beside(declared, same_name):
            if (declared.file and other.file) or (declared.template and other.template):
                raise DeclarationError(
                    f"{declared.shown} is declared twice, at {other.place} and at {declared.place}; "
                    "give each a name of its own, or conditions that exclude each other"
                )
        same_name.append(declared)


def _beside(declared: Declared, others: Iterable[Declared]) -> Iterator[Declared]:
    """Those that there may be together with this one."""
    return (other for other in others if not exclude_each_other(declared.condition, other.condition))


class NamedTemplates:
    """The named templates of a platform, in the order in which they were first used, each with one body."""

    def __init__(self, platform: str) -> None:
        """`platform` is the prefix of their names: named templates are of all charts at once."""
        self._platform = platform
        self._known: dict[str, tuple[NamedTemplate, Build]] = {}

    def __iter__(self) -> Iterator[NamedTemplate]:
        """All of them."""
        return (named for named, _ in self._known.values())

    def call(self, name: str, build: Build, arguments: Mapping[str, Operand], *, placed: bool = False) -> Include:
        """What the template gives for these arguments; `build` makes its body, with an `Argument` for each.

        Raises DeclarationError where the template has another body already, or other arguments. To build the body at every use
        would take the time of a hundred services: the same function over the same things is taken for the same body.
        """
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = NamedTemplate(f"{self._platform}.{name}", build(), tuple(arguments), placed), build
        named, first = known
        if named.parameters != tuple(arguments) or not (_is_same_build(first, build) or same(named.body, build())):
            raise DeclarationError(
                f"the named template `{name}` has two bodies: of {_place(first)} and of {_place(build)}; "
                "give each a name of its own, or make what differs an argument"
            )
        return Include(named, tuple(arguments.items()))


def _is_same_build(one: Build, other: Build) -> bool:
    """Whether two functions are the same code over the same things."""
    return one == other or _is_same(one, other)


def _is_same(one: object, other: object) -> bool:
    """Whether two are one thing, or functions that are the same code over the same things."""
    if one is other:
        return True
    if not (isinstance(one, FunctionType) and isinstance(other, FunctionType) and one.__code__ is other.__code__):
        return False
    pairs = zip(one.__closure__ or (), other.__closure__ or (), strict=True)
    return all(_is_same(mine.cell_contents, its.cell_contents) for mine, its in pairs)


def _place(build: Build) -> str:
    assert isinstance(build, (FunctionType, MethodType))
    return f"{build.__module__}:{build.__code__.co_firstlineno}"
