"""Rules over the values of `topology: operator`: what the operator would refuse, or do otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierwright.components.data.rabbitmq.operated.server import object_of
from tierwright.components.data.rabbitmq.upgrade import TAG_OF_3
from tierwright.components.data.rabbitmq.values import Rabbitmq, RabbitmqValues
from tierwright.components.data.settings import kept_settings
from tierwright.expressions.conditions import Matches, all_of
from tierwright.expressions.tokens import expression_of
from tierwright.kit.rules import Rule
from tierwright.model.part import Complaint
from tierwright.model.platform import Platform

_LONGEST = 52
"""Of a StatefulSet, whose revisions are a label of the pods with 11 characters more."""

_KEPT = ("total_memory_available_override_value", r"(management|prometheus)\.ssl(\..*)?")


def _rules(rabbitmq: Rabbitmq) -> Iterator[Rule]:
    values, path, operated = rabbitmq.values, rabbitmq.path, rabbitmq.is_operated
    yield Rule(
        path=("image", "tag"),
        broken=all_of(operated, Matches(expression_of(values.image.tag), TAG_OF_3)),
        wrong="a cluster of the operator begins with RabbitMQ 4 here, so that nobody has to upgrade it from 3",
        allowed=f"name an image of 4, or set {path}.topology: cluster",
    )
    yield Rule(
        path=("upgradeInPlace",),
        broken=all_of(operated, values.upgrade_in_place),
        wrong="no member of the operator has data of RabbitMQ 3",
        allowed="set it to false",
    )
    yield Rule(
        path=("backup", "enabled"),
        broken=all_of(operated, values.backup.enabled),
        wrong="the backup asks the nodes of the platform's own cluster, by its cookie, and the operator's have another one",
        allowed=f"set it to false and keep what must exist in {path}.definitions, or set {path}.topology: cluster",
    )
    name = f"{object_of(rabbitmq.name)}-server"
    if len(name) > _LONGEST:
        most = _LONGEST - len(name) + len(rabbitmq.name)
        yield Rule(
            path=("topology",),
            broken=operated,
            wrong=f"the operator calls its StatefulSet {name}, which is longer than the {_LONGEST} characters that can be",
            allowed=f"choose a name of at most {most} characters in the catalogue",
        )
    by = f"{path}.resources and {path}.tls decide such things"
    yield from kept_settings(values.config, *_KEPT, by=by, where=operated)


def _lines(platform: Platform, name: str) -> Iterator[Complaint]:
    """The operator reads the lines as those of an INI file, and writes them anew."""
    values: RabbitmqValues = platform.data_services[name]  # type: ignore[assignment] # those of this kind
    if values.topology != "operator":
        return
    for setting, value in values.config.items():
        if re.search(r"[#;`\"']|\\\Z", f"{value}"):  # an unsound one ends the rule here
            wrong = "the operator takes quotes, #, ; and a backslash at the end for more than signs of the value"
            yield Complaint(("config", setting), wrong, "choose a value without them")


RULES = (_rules,)
PROGRAM_RULES = (_lines,)
ALONE = ("values in `PATH.config` with quotes, `#` or `;`, where an operator runs it",)
