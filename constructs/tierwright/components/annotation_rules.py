"""Rules over the annotations of whole objects that users set; those of pods are read by nobody who applies the objects."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierwright.blueprint import Blueprint
from tierwright.config.problems import Path
from tierwright.expressions.conditions import Truth
from tierwright.expressions.expression import Key, KeysMatching
from tierwright.expressions.tokens import Text, expression_of
from tierwright.kit.metadata import SYNC_WAVE
from tierwright.kit.rules import Rule, Rules, Subject
from tierwright.model.labels import UNMANAGED


def _of_platform(blueprint: Blueprint) -> Iterator[Rule]:
    yield from _of_objects(("commonAnnotations",), blueprint.values.common_annotations)


def _of_service(_: Blueprint, service: Subject) -> Iterator[Rule]:
    values = service.values
    yield from _of_objects(("workloadAnnotations",), values.workload_annotations)
    yield from _of_objects(("serviceAccount", "annotations"), values.service_account.annotations)
    if not service.ends:
        yield from _of_objects(("service", "annotations"), values.service.annotations)


def _of_objects(path: Path, annotations: dict[str, str]) -> Iterator[Rule]:
    """The rules that whoever applies the objects manages all of them, and in the order of the start."""
    yield _without(UNMANAGED, path, annotations, f"Helm, Argo CD and kustomize do not manage what has {Text(Key())}")
    yield _without(re.escape(SYNC_WAVE), path, annotations, f"the order of the start decides {Text(Key())}")


def _without(pattern: str, path: Path, annotations: dict[str, str], wrong: str) -> Rule:
    taken = KeysMatching(expression_of(annotations), pattern)
    return Rule(
        path=path,
        keys=taken,
        broken=Truth(taken),
        wrong=wrong,
        allowed="remove it; objects of your own in extraObjects may have it",
    )


ANNOTATION_RULES = Rules(of_platform=(_of_platform,), of_service=(_of_service,))
