"""Rules over the annotations of whole objects that users set; those of pods are read by nobody who applies the objects."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.blueprint import Blueprint
from tierwright.config.problems import Path
from tierwright.expressions.conditions import Truth
from tierwright.expressions.expression import Key, KeysMatching
from tierwright.expressions.tokens import Text, expression_of
from tierwright.kit.rules import Rule, Rules, Subject
from tierwright.model.labels import UNMANAGED


def _of_platform(blueprint: Blueprint) -> Iterator[Rule]:
    yield _managed(("commonAnnotations",), blueprint.values.common_annotations)


def _of_service(_: Blueprint, service: Subject) -> Iterator[Rule]:
    values = service.values
    yield _managed(("workloadAnnotations",), values.workload_annotations)
    yield _managed(("serviceAccount", "annotations"), values.service_account.annotations)
    if not service.ends:
        yield _managed(("service", "annotations"), values.service.annotations)


def _managed(path: Path, annotations: dict[str, str]) -> Rule:
    """The rule that whoever applies the objects manages all of them."""
    taken = KeysMatching(expression_of(annotations), UNMANAGED)
    return Rule(
        path=path,
        keys=taken,
        broken=Truth(taken),
        wrong=f"Helm, Argo CD and kustomize do not manage what has {Text(Key())}",
        allowed="remove it; objects of your own in extraObjects may have it",
    )


ANNOTATION_RULES = Rules(of_platform=(_of_platform,), of_service=(_of_service,))
