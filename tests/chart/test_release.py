"""What Helm keeps of each release: a Secret with the chart, its values and what it was rendered to. The API server takes 1 MiB."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import pytest

from benchmarks.many import platform
from tests.chart.helm import template
from tests.chart.platforms import charted
from tests.documents import load

LARGEST = 2**20


def release(chart: Path, *, namespace: str) -> bytes:
    """The Secret's data: JSON, compressed and in base64, as in Helm's pkg/storage/driver/util.go; without notes and times."""

    def entries(*, templates: bool) -> list[dict[str, str]]:
        files = [file for file in sorted(chart.rglob("*")) if file.is_file() and ("templates" in file.parts) is templates]
        return [{"name": str(file.relative_to(chart)), "data": base64.b64encode(file.read_bytes()).decode()} for file in files]

    manifest = template(chart, [], namespace=namespace)
    assert isinstance(manifest, str), manifest
    kept = {
        "name": "release",
        "chart": {
            "metadata": load((chart / "Chart.yaml").read_text()),
            "templates": entries(templates=True),
            "values": load((chart / "values.yaml").read_text()),
            "files": entries(templates=False),  # the schema is among them here
        },
        "manifest": manifest,
        "namespace": namespace,
    }
    return base64.b64encode(gzip.compress(json.dumps(kept).encode()))


@pytest.mark.helm
def test_the_release_of_a_hundred_services_with_three_data_services_takes_less_than_two_fifths_of_what_a_secret_may(
    tmp_path: Path,
) -> None:
    many = platform(100)
    kinds = {"postgres": 5432, "rabbitmq": 5672, "redis": 6379}
    many["dataServices"] = {
        name: {"tier": "tier-0", "port": port, "urlVariable": f"{name.upper()}_URL"} for name, port in kinds.items()
    }
    (tmp_path / "catalogue.yaml").write_text(json.dumps(many))
    chart = charted(tmp_path / "catalogue.yaml").chart
    assert len(list((chart / "templates" / "services").iterdir())) == 100
    assert len(release(chart, namespace="many")) < LARGEST * 2 / 5
