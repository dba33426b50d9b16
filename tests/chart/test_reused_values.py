"""An upgrade that keeps the values of the last release, from a chart whose values were others: what Helm does, and the way."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.helm import read, run
from tests.chart.platforms import castiel, charted_text
from tests.rendering import ROOT
from tests.upgrade import earlier_chart

pytestmark = pytest.mark.helm

WITH_TEST = "{name: shop, tiers: [{name: t}], services: {web: {tier: t, port: 80, public: true}}}"
WITHOUT_TEST = WITH_TEST.replace(", public: true", "")
WAY = "--reset-then-reuse-values"

_ANSWERS: dict[str, dict[str, Any]] = {
    "/version": {"major": "1", "minor": "36", "gitVersion": "v1.36.0"},
    "/api": {"kind": "APIVersions", "versions": []},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
}


class _Api(BaseHTTPRequestHandler):
    """What Helm asks an API server before it renders: its version and its groups."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(_ANSWERS[self.path.partition("?")[0]]).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(name="cluster", scope="module")
def _cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A kubeconfig for a server that answers as an empty cluster does."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        kubeconfig = tmp_path_factory.mktemp("cluster") / "config"
        address = {"server": f"http://127.0.0.1:{server.server_port}"}
        context = {"name": "it", "context": {"cluster": "it", "user": ""}}
        config = {"clusters": [{"name": "it", "cluster": address}], "contexts": [context], "current-context": "it"}
        kubeconfig.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", **config}))
        yield kubeconfig
        server.shutdown()


class Upgrade:
    """`helm upgrade` of a release that is kept in memory, without a cluster."""

    def __init__(self, cluster: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._releases, self._program = cluster.with_name("releases.yaml"), program
        monkeypatch.setenv("KUBECONFIG", os.fspath(cluster))
        monkeypatch.setenv("HELM_DRIVER", "memory")
        monkeypatch.setenv("HELM_MEMORY_DRIVER_DATA", os.fspath(self._releases))

    def __call__(self, before: Path, after: Path, mine: dict[str, Any], *options: str) -> tuple[str, str]:
        """What is written and what is said, from a release of the chart `before` with values of mine to the chart `after`."""
        chart = {"metadata": _content(before / "Chart.yaml"), "values": _content(before / "values.yaml")}
        release = {"name": "it", "namespace": "it", "version": 1, "info": {"status": "deployed"}, "chart": chart, "config": mine}
        self._releases.write_text(yaml.safe_dump([release]))
        done = run("upgrade", "it", after, "-n", "it", "--dry-run=client", *options, program=self._program)
        return done.stdout if done.returncode == 0 else "", done.stderr


def _content(file: Path) -> Any:
    return yaml.safe_load(file.read_text())


@pytest.fixture(name="upgrade", params=["helm", "helm4"])
def _upgrade(cluster: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Upgrade:
    return Upgrade(cluster, request.param, monkeypatch)


def test_all_values_of_an_earlier_chart_are_refused_as_those_of_this_one_are_missing(upgrade: Upgrade) -> None:
    made, said = upgrade(earlier_chart("castiel"), castiel().chart, {}, "--reuse-values")
    assert made == ""
    assert "at '/postgres': missing properties" in said


@pytest.mark.parametrize("options", [[WAY], []], ids=[WAY, "no option"])
def test_what_somebody_has_set_is_kept_over_the_values_of_this_chart(upgrade: Upgrade, options: list[str]) -> None:
    made, said = upgrade(earlier_chart("castiel"), castiel().chart, {"startup": {"pollSeconds": 7}}, *options)
    assert made, said
    _, _, manifest = made.partition("\nMANIFEST:\n")
    objects = {(one["kind"], one["metadata"]["name"]): one for one in read(manifest.partition("\nNOTES:\n")[0])}
    assert "POLL_SECONDS=7" in objects["ConfigMap", "startup-gate"]["data"]["settings"].splitlines()
    assert ("StatefulSet", "postgres") in objects


def test_what_somebody_has_set_and_the_chart_no_longer_has_is_named_and_null_takes_it_out(upgrade: Upgrade) -> None:
    before, after = charted_text(WITH_TEST).chart, charted_text(WITHOUT_TEST).chart
    mine = {"chartTest": {"placement": {"priorityClass": "low"}}}
    made, said = upgrade(before, after, mine, WAY)
    assert made == ""
    assert "at '': additional properties 'chartTest' not allowed" in said
    made, said = upgrade(before, after, mine, WAY, "--set", "chartTest=null")
    assert made, said


def test_where_both_charts_have_the_same_values_all_ways_work(upgrade: Upgrade) -> None:
    chart = charted_text(WITH_TEST).chart
    for option in ("--reuse-values", WAY, "--reset-values"):
        made, said = upgrade(chart, chart, {"public": {"host": "shop.example"}}, option)
        assert made, said


def test_the_readme_of_the_chart_and_the_document_name_the_way() -> None:
    for text in ((castiel().chart / "README.md").read_text(), (ROOT / "docs" / "helm.md").read_text()):
        assert re.search(rf"helm upgrade castiel \S+ --namespace castiel {WAY}\n", text)
