"""PgBouncer before PostgreSQL with one server; test_postgres_replication.py has it before several members, and under faults."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.node import Node
from tests.cluster.platform import castiel_of
from tests.cluster.pooled import POOLER, assert_prepared_statements_work
from tests.cluster.replicated import Cluster, render_replicated
from tests.cluster.waiting import wait_for


def test_it_stands_before_a_single_server_too(node: Node, tmp_path: Path) -> None:
    rendered = render_replicated(tmp_path / "catalogue", namespace="ledger-single", topology="single", pooler=POOLER)
    platform = castiel_of(node, rendered, tmp_path / "manifests")
    platform.provide_images()
    platform.start()
    try:
        single = Cluster(platform)
        wait_for("a row", lambda: any(line.startswith("pooled ") for line in single.said()), timeout=60, explain=single.explain)
        assert_prepared_statements_work(single)
    finally:
        platform.remove(wait=False)
