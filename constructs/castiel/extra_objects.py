"""Objects of the user's own, which come as they are."""

from __future__ import annotations

from castiel.blueprint import Blueprint
from castiel.cdk import Construct
from castiel.concern import Concern
from castiel.kinds import Kind
from castiel.tracing.tokens import expression_of


class ExtraObjects(Concern):
    """The objects of `extraObjects`."""

    def __init__(self, scope: Construct, *, blueprint: Blueprint) -> None:
        super().__init__(scope, "extra-objects", blueprint=blueprint)
        for at, one in enumerate(expression_of(blueprint.values.extra_objects).value(blueprint.scope)):
            rest = {key: value for key, value in one.items() if key not in ("apiVersion", "kind")}
            Kind(one["apiVersion"], one["kind"]).make(self, f"{at}", rest)
