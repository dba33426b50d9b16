"""What is said about the fields of config files: the text below each, which schemas and README repeat."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from tierwright.annotations import bare, descriptions_of, fields_of, structs_in
from tierwright.components.registry import COMPONENTS
from tierwright.model.catalogue import catalogue_type
from tierwright.model.composed import composed
from tierwright.model.part import possible_parts
from tierwright.model.reference import reference
from tierwright.model.schemas import values_schema
from tierwright.model.values import values_type

KUBERNETES = ("tierwright.model.manifest_pieces", "tierwright.model.scheduling")
"""Where entries are as Kubernetes writes them, which says what they are."""

Word = Annotated[str, Meta(description="A word.")]


class Below(msgspec.Struct, rename="camel"):
    """A struct with texts below some of its fields."""

    first_field: Word
    """What it is,
    in two lines."""
    second: Word
    third: int = 0
    """\\d is as it is written."""


class Derived(Below):
    """It says something else about one of them."""

    third: int = 1
    """Another text."""

    class Nested(msgspec.Struct):
        """A class in a class."""

        own: int
        """Its own."""


class Further(msgspec.Struct):
    """Fields for others."""

    added: int
    """What it adds."""


def test_the_text_below_a_field_is_what_is_said_about_it() -> None:
    assert descriptions_of(Below) == {"first_field": "What it is, in two lines.", "third": r"\d is as it is written."}
    assert descriptions_of(Derived.Nested) == {"own": "Its own."}


def test_a_derived_struct_says_what_its_base_says_unless_it_says_something_else() -> None:
    assert descriptions_of(Derived) == {**descriptions_of(Below), "third": "Another text."}


def test_a_composed_struct_says_what_the_structs_of_its_fields_say() -> None:
    whole: type[msgspec.Struct] = composed(Below, {"added": ("added", int)}, called="Whole", described_by=[Further])
    assert descriptions_of(whole) == {**descriptions_of(Below), "added": "What it adds."}
    assert [(one.key, one.description) for one in reference(whole)] == [
        ("firstField", "What it is, in two lines."),
        ("second", "A word."),
        ("third", r"\d is as it is written."),
        ("added", "What it adds."),
    ]


def test_a_class_in_a_function_says_it_too() -> None:
    class Local(msgspec.Struct):
        one: int
        """It is local."""

    assert descriptions_of(Local) == {"one": "It is local."}


def test_a_struct_without_source_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code = "import msgspec\nclass Made(msgspec.Struct):\n    one: int\n    'Lost.'\n"
    module = ModuleType("without_source")
    exec(code, vars(module))  # noqa: S102 - as a notebook does
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert descriptions_of(module.Made) == {}
    main = f"{code}from tierwright.annotations import descriptions_of\nprint(descriptions_of(Made))"
    done = subprocess.run([sys.executable, "-c", main], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == "{}\n"


def test_every_entry_of_catalogue_and_values_says_what_it_is() -> None:
    silent = [
        f"{kind.__qualname__}.{field.name}"
        for whole in (catalogue_type(COMPONENTS), values_type(possible_parts(COMPONENTS)))
        for kind in structs_in(whole)
        if kind.__module__ not in KUBERNETES
        for field in fields_of(kind)
        if not (descriptions_of(kind).get(field.name) or bare(field.type).said("description") or _is_struct(field.type))
    ]
    assert silent == []


def _is_struct(kind: Any) -> bool:
    """Whether it is said at the struct itself."""
    its = bare(kind).kind
    return isinstance(its, type) and issubclass(its, msgspec.Struct) and bool(its.__doc__)


def test_what_the_text_says_is_in_the_schema_before_what_its_type_says() -> None:
    schema = values_schema(possible_parts(COMPONENTS))["properties"]
    assert schema["commonAnnotations"]["description"] == "Annotations of every object."
    assert next(iter(schema["commonAnnotations"])) == "description"
    resources = schema["defaults"]["properties"]["resources"]
    assert resources["properties"]["requests"]["description"] == "What the scheduler reserves."
    assert resources["properties"]["requests"]["properties"]["cpu"]["description"] == "Cores: 250m, 2."
