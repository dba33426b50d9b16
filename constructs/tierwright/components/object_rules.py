"""Rules over complete objects of the user's own: of kinds that Kubernetes has, and none with a name that another object has."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import ALWAYS, Truth
from tierwright.expressions.lists import LinesOf
from tierwright.expressions.tokens import Text
from tierwright.expressions.walks import seen
from tierwright.kit.extras import owned_objects
from tierwright.kit.rules import Rule, Rules
from tierwright.kit.walks.objects import Objects, Unserved

_PATH = ("extraObjects",)


def _served(_: Blueprint) -> Iterator[Rule]:
    yield Rule(
        path=_PATH,
        each=Unserved(),
        broken=ALWAYS,
        wrong=f"Kubernetes has no {Text(seen('kind'))} of {Text(seen('apiVersion'))}",
        allowed=Text(seen("remedy")),
    )


def _single(blueprint: Blueprint) -> Iterator[Rule]:
    objects = Objects(LinesOf(lambda: owned_objects(blueprint)))
    yield Rule(
        path=_PATH,
        each=objects,
        below=("items",),
        broken=Truth(seen("listed")),
        wrong="makes a list of it, and kubectl takes the items alone",
        allowed="give each object by itself",
    )
    yield Rule(
        path=_PATH,
        each=objects,
        below=("metadata", "name"),
        broken=Truth(seen("owner")),
        wrong=f"{Text(seen('owner'))} has the {Text(seen('kind'))} {Text(seen('name'))} already",
        allowed="give each object a name of its own",
    )


OBJECT_RULES = Rules(of_platform=(_served, _single), helpers=(Unserved.helper, Objects.helper))
