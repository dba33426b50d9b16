"""The Secrets that the cluster makes: once, and kept whatever happens to the Job and to the pods."""

from __future__ import annotations

import base64
import json
import re

from tests.cluster.platform import Castiel
from tests.cluster.waiting import wait_for
from tests.rendering import secrets_read
from tierwright.kit.kept_secret import ANNOTATIONS
from tierwright.model.labels import INSTANCE_LABEL

Values = dict[str, dict[str, str]]


def values(castiel: Castiel) -> Values:
    """The Secrets of the namespace, decoded."""
    return {
        secret["metadata"]["name"]: {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
        for secret in castiel.node.api.items(f"/api/v1/namespaces/{castiel.namespace}/secrets")
    }


def run_the_job_again(castiel: Castiel) -> str:
    """Delete the finished Job, apply, and wait for it to finish; its log."""
    where = ("--namespace", castiel.namespace)
    castiel.node.kubectl("delete", "job", *where, "secret-generator", "--ignore-not-found")
    castiel.apply()
    castiel.node.kubectl("wait", "job/secret-generator", *where, "--for=condition=Complete", "--timeout=60s")
    return castiel.node.kubectl("logs", *where, "job/secret-generator")


def test_every_generated_secret_has_long_random_values_of_its_own(castiel: Castiel) -> None:
    made = values(castiel)
    expected = secrets_read(castiel.rendered.platform, generated=True)
    assert {name: set(data) for name, data in made.items()} == expected
    listed = [value for data in made.values() for value in data.values()]
    assert [value for value in listed if not re.fullmatch("[0-9a-f]{64}", value)] == []
    assert len(set(listed)) == len(listed)


def test_neither_secrets_nor_claims_have_the_label_by_which_argo_cd_would_prune_them(castiel: Castiel) -> None:
    for plural in ("secrets", "persistentvolumeclaims"):
        found = castiel.node.api.items(f"/api/v1/namespaces/{castiel.namespace}/{plural}")
        assert found
        assert [one["metadata"]["name"] for one in found if INSTANCE_LABEL in one["metadata"].get("labels", {})] == []
    for secret in castiel.node.api.items(f"/api/v1/namespaces/{castiel.namespace}/secrets"):
        assert secret["metadata"]["annotations"] == ANNOTATIONS


def test_the_job_sees_what_exists_and_leaves_it_when_it_is_deleted_and_applied_again(castiel: Castiel) -> None:
    before = values(castiel)
    log = run_the_job_again(castiel)
    assert sorted(log.splitlines()) == sorted(f"{name} exists and stays as it is" for name in before)
    assert values(castiel) == before


def test_a_second_apply_keeps_them(castiel: Castiel) -> None:
    before = values(castiel)
    castiel.apply()
    assert values(castiel) == before


def test_a_deleted_secret_is_made_anew_and_the_others_stay(castiel: Castiel) -> None:
    before = values(castiel)
    castiel.node.kubectl("delete", "secret", "--namespace", castiel.namespace, "session-signing")
    assert "made session-signing" in run_the_job_again(castiel)
    after = values(castiel)
    assert after.pop("session-signing") != before.pop("session-signing")
    assert after == before


def test_of_a_deleted_secret_whose_password_is_in_the_data_no_other_is_made(castiel: Castiel) -> None:
    before, where = values(castiel), ("--namespace", castiel.namespace)
    secret = ("secret", *where, "postgres-credentials")
    copy = json.loads(castiel.node.kubectl("get", *secret, "--output=json"))
    copy["metadata"] = {key: copy["metadata"][key] for key in ("name", "labels", "annotations")}

    def log() -> str:
        return castiel.node.kubectl("logs", *where, "--selector=app.kubernetes.io/name=secret-generator")

    castiel.node.kubectl("delete", *secret)
    try:
        castiel.node.kubectl("delete", "job", *where, "secret-generator", "--ignore-not-found")
        castiel.apply()
        told = "postgres-credentials was made before and is gone"
        wait_for("the word of the Job", lambda: told in log(), timeout=60, explain=log)
        assert values(castiel).keys() == before.keys() - {"postgres-credentials"}
    finally:
        castiel.node.kubectl("create", *where, "--filename=-", stdin=json.dumps(copy))
    castiel.node.kubectl("wait", "job/secret-generator", *where, "--for=condition=Complete", "--timeout=90s")
    assert values(castiel) == before


def test_after_a_rollout_the_database_still_takes_the_password_of_its_secret(castiel: Castiel) -> None:
    before = values(castiel)
    where = ("--namespace", castiel.namespace)
    for workload in ("statefulset/postgres", "deployment/secret-management"):
        castiel.node.kubectl("rollout", "restart", *where, workload)
        castiel.node.kubectl("rollout", "status", *where, workload, "--timeout=120s", timeout=150)
    castiel.wait_until_ready(timeout=60)
    assert values(castiel) == before
    # The stand-in connects with DATABASE_URL before it serves.
    log = castiel.node.kubectl("logs", *where, castiel.pod("secret-management")["metadata"]["name"])
    assert "DATABASE_URL answers" in log
