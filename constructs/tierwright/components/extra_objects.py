"""The user's own objects, which are copied unchanged."""

from __future__ import annotations

from tierwright.blueprint import Blueprint, Evaluated
from tierwright.expressions.tokens import expression_of
from tierwright.expressions.tree import Verbatim, resolve
from tierwright.kit.component import Component
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import Kind
from tierwright.kit.placed import placed

_ID = "extra-objects"


class ExtraObjects(Concern):
    """The objects of `extraObjects`. The chart has a template that iterates over them."""

    def __init__(self, file: str, *, blueprint: Blueprint) -> None:
        super().__init__(file, _ID, blueprint=blueprint)
        objects = expression_of(blueprint.values.extra_objects).value(blueprint.scope)
        namespace = resolve(blueprint.namespace, blueprint.scope)
        for index, given in enumerate(placed(objects, str(namespace))):
            manifest = {key: Verbatim(value) for key, value in given.items() if key not in ("apiVersion", "kind")}
            self.declare(f"{index}", Kind(given["apiVersion"], given["kind"]), manifest, in_chart=False)


def position(evaluated: Evaluated) -> int | None:
    """The index of an object in `extraObjects`; None for any other object."""
    component, _, index = evaluated.id.partition(".")
    return int(index) if component == _ID and index.isdecimal() else None


EXTRA_OBJECTS = Component(name=_ID, declare=ExtraObjects, file="00-namespace")
