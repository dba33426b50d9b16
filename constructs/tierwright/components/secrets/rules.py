"""Rules over the values of the Secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tierwright.blueprint import Blueprint
from tierwright.components.secrets.values import secrets_values
from tierwright.config.problems import Path
from tierwright.expressions.conditions import Distinct, all_of, opposite
from tierwright.expressions.tokens import expression_of, filled
from tierwright.kit.rules import Rule, Rules
from tierwright.model.platform import secret_names


def _store(blueprint: Blueprint) -> Iterator[Rule]:
    secrets = secrets_values(blueprint)
    yield Rule(
        path=("secrets", "mode"),
        broken=all_of(secrets.mode == "external", opposite(filled(secrets.store.name))),
        wrong="the mode is external, but secrets.store.name is empty",
        allowed="name the store there",
    )


def _names(blueprint: Blueprint) -> Iterator[Rule]:
    known = tuple(dict.fromkeys(secret_names(blueprint.catalogue)))
    if len(known) < 2:
        return

    def places(names: dict[str, str]) -> Iterable[Path]:
        real = {name: names.get(name, name) for name in known}
        return [(name,) for name in names if list(real.values()).count(real.get(name, "")) > 1]

    yield Rule(
        path=("secrets", "names"),
        places=places,
        broken=opposite(Distinct(tuple(expression_of(blueprint.secret_name(name)) for name in known))),
        wrong="the name is that of two Secrets",
        allowed="give each a name of its own",
    )


RULES = Rules(of_platform=(_store, _names))
