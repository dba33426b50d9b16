"""The rule over who may scrape ports with metrics."""

from __future__ import annotations

from tierwright.config.problems import Path
from tierwright.expressions.conditions import all_of, opposite
from tierwright.expressions.expression import KeysMatching
from tierwright.expressions.tokens import expression_of, filled
from tierwright.kit.network_values import Metrics
from tierwright.kit.rules import Rule


def labels_alone(path: Path, metrics: Metrics, *, of: str) -> Rule:
    """The rule that labels are not all: they tell the pods of namespaces apart, and admit nobody by themselves.

    `path` is where the values are, below those of which `of` is the path in words.
    """
    return Rule(
        path=(*path, "podLabels"),
        keys=KeysMatching(expression_of(metrics.pod_labels), ".*"),
        broken=all_of(filled(metrics.pod_labels), opposite(filled(metrics.namespaces))),
        wrong=f"{of}.metrics.namespaces is empty, so nobody is admitted",
        allowed="name the namespaces of these pods",
    )
