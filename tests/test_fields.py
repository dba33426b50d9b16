"""The types of fields without what is said about them, and where values of a type are."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from tierwright.annotations import Bare, bare
from tierwright.config.fields import paths_of
from tierwright.config.soundness import UNSOUND, until_unsound

Word = Annotated[str, Meta(pattern="^a", description="inner")]


class Size(msgspec.Struct):
    """What is looked for."""

    bytes: int


class Inner(msgspec.Struct):
    """Below something that may be none."""

    size: Size


class Pod(msgspec.Struct):
    """Fields with a size, with one or none, and with one below something that may be none."""

    size: Size
    spare: Annotated[Size | None, Meta(description="another")] = None
    inner: Inner | None = None


class Platform(msgspec.Struct):
    """Pods by name."""

    pods: dict[str, Pod]
    others: dict[str, Size] | None = None


def named(kind: Any) -> str:
    return "size" if kind is Size else "inner" if kind is Inner else ""


def found(platform: Platform, name: str) -> list[str]:
    return [".".join(map(str, path)) for path, its in paths_of(platform, named) if its == name]


def sizes(platform: Platform) -> list[str]:
    return found(platform, "size")


def test_a_type_is_found_below_annotations_and_beside_none() -> None:
    outer, inner = bare(Annotated[Word | None, Meta(description="outer")]), bare(Word)
    assert (outer.kind, outer.optional) == (str, True)
    assert (inner.kind, inner.optional) == (str, False)
    assert bare(int | str) == Bare(int | str)


def test_of_two_annotations_that_say_the_same_the_outer_one_counts() -> None:
    told = bare(Annotated[Word | None, Meta(description="outer")])
    assert (told.said("description"), told.said("pattern"), told.said("ge")) == ("outer", "^a", None)
    assert bare(Annotated[Word, Meta(description="outer")]).said("description") == "outer"


def test_values_that_are_none_have_no_path() -> None:
    full = Pod(Size(1), spare=Size(2), inner=Inner(Size(3)))
    assert sizes(Platform({"a": Pod(Size(1)), "b": full})) == ["pods.a.size", "pods.b.size", "pods.b.spare"]
    assert sizes(Platform({}, others={"c": Size(3)})) == ["others.c"]
    assert sizes(Platform({}, others=None)) == []


def test_types_with_different_names_are_found_in_one_go_and_not_inside_one_another() -> None:
    platform = Platform({"a": Pod(Size(1)), "b": Pod(Size(1), inner=Inner(Size(2)))})
    assert (found(platform, "size"), found(platform, "inner")) == (["pods.a.size", "pods.b.size"], ["pods.b.inner"])


def test_values_that_are_wrong_themselves_have_a_path_and_none_below_it() -> None:
    assert sizes(Platform({"a": Pod(UNSOUND, spare=UNSOUND)})) == ["pods.a.size", "pods.a.spare"]
    assert sizes(Platform(UNSOUND, others={"c": UNSOUND})) == ["others.c"]
    wrong = Platform({"a": UNSOUND, "b": Pod(Size(1))}, others={"c": Size(3)})
    assert sizes(wrong) == ["pods.a.size", "pods.b.size", "pods.a.spare", "others.c"]


def test_a_function_gives_what_it_can_read() -> None:
    assert list(until_unsound(lambda: [1, 2])) == [1, 2]
    assert list(until_unsound(lambda: UNSOUND.names)) == []
