"""Rules over values that belong to no service and no component."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tierwright.blueprint import Blueprint
from tierwright.components.service_rules import reserved
from tierwright.config.problems import Path
from tierwright.expressions.conditions import Unique, opposite
from tierwright.expressions.tokens import expression_of
from tierwright.kit.rules import Rule, Rules


def _common_labels(blueprint: Blueprint) -> Iterator[Rule]:
    yield from reserved(blueprint, ("commonLabels",), expression_of(blueprint.values.common_labels))


def _pull_secrets(blueprint: Blueprint) -> Iterator[Rule]:
    yield Rule(
        path=("images", "pullSecrets"),
        places=_repeated,
        broken=opposite(Unique(expression_of(blueprint.values.images.pull_secrets))),
        wrong="a name is there twice",
        allowed="name each once",
    )


def _repeated(names: list[str]) -> Iterable[Path]:
    return [(index,) for index, name in enumerate(names) if name in names[:index]]


PLATFORM_RULES = Rules(of_platform=(_common_labels, _pull_secrets))
