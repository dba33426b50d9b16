"""What validates the objects of the tests finds what is wrong with them, however often it has seen the rest."""

from __future__ import annotations

import copy

import pytest

from tests.kubernetes_schemas import validate
from tests.rendering import render

WRONG = (
    "Deployment/calendar is not valid in Kubernetes 1.32.0: "
    "spec.template.spec.containers.0.readinessProbe.periodSeconds: 'often' is not of type 'integer', 'null'"
)


def test_a_wrong_part_is_found_again_and_again_also_where_the_rest_was_valid_before() -> None:
    right = render().get("Deployment", "calendar")
    validate(right)
    wrong = copy.deepcopy(right)
    wrong["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["periodSeconds"] = "often"
    for _ in range(2):
        with pytest.raises(AssertionError) as error:
            validate(wrong)
        assert str(error.value) == WRONG
        validate(right)


def test_a_part_that_is_valid_in_one_place_is_not_valid_in_another() -> None:
    right = render().get("Deployment", "calendar")
    wrong = copy.deepcopy(right)
    wrong["spec"]["template"]["spec"]["securityContext"] = right["spec"]["template"]["spec"]["containers"][0]["securityContext"]
    with pytest.raises(AssertionError, match="Additional properties are not allowed"):
        validate(wrong)
    wrong["spec"]["template"]["spec"]["securityContext"] = {"runAsNonRoot": 1}
    with pytest.raises(AssertionError, match="1 is not of type 'boolean', 'null'"):
        validate(wrong)
