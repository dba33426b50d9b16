"""A catalogue that is not Castiel's gets nothing of Castiel: neither from the library nor from its defaults."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.documents import load, load_all
from tests.rendering import CONFIG, ROOT, Rendered
from tierwright.pipeline import described, files_of

LIBRARY = ROOT / "constructs" / "tierwright"
SHOP = """\
name: {name}
tiers: [{{name: data}}, {{name: front}}]
dataServices:
  postgres: {{tier: data, port: 5432, urlVariable: DATABASE_URL}}
  rabbitmq: {{tier: data, port: 5672, urlVariable: RABBITMQ_URL}}
  redis: {{tier: data, port: 6379, urlVariable: REDIS_URL}}
services:
  web: {{tier: front, port: 3000, public: true, needs: [postgres, rabbitmq, redis]}}
"""


def facts() -> list[str]:
    """Words that are Castiel's alone: names of its services, Secrets and destinations, and what its values set."""
    catalogue: dict[str, Any] = load((CONFIG / "catalogue.yaml").read_text())
    names = [name for key in ("services", "secrets", "external") for name in catalogue[key]]
    return ["castiel", "coder", "NODE_ENV", "LOG_LEVEL", "JWT_SECRET", *(name for name in names if "-" in name)]


def test_no_fact_of_castiel_is_in_the_library() -> None:
    told = re.compile(rf"(?i)\b({'|'.join(map(re.escape, facts()))})\b")
    files = [file for file in LIBRARY.rglob("*") if file.suffix in {".py", ".yaml", ".cjs", ".sh", ".sql"}]
    assert len(files) > 100
    for file in files:
        if "__pycache__" not in file.parts:
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                assert not told.search(line), f"{file.relative_to(ROOT)}:{number}: {line}"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """The files of two platforms that differ by their names alone."""
    made = []
    for name in ("one", "two"):
        folder: Path = tmp_path_factory.mktemp(name)
        (folder / "catalogue.yaml").write_text(SHOP.format(name=name))
        made.append(files_of(described(catalogue=folder / "catalogue.yaml")))
    return made


def test_whatever_is_called_after_a_platform_follows_the_name_of_its_catalogue(two: list[dict[str, str]]) -> None:
    one, other = two
    assert "castiel" not in str(one).lower()
    assert {renamed(path) for path in one} == set(other)
    for path, text in one.items():
        assert renamed(text) == renamed(other[renamed(path)]), path


def renamed(text: str) -> str:
    """A path or a text of the first platform as one of the second; in names, the platform's may stand behind an underscore."""
    return re.sub(r"(?<![A-Za-z0-9])one(?![A-Za-z0-9])", "two", text)


def test_names_of_the_data_services_and_images(two: list[dict[str, str]]) -> None:
    files = {path: text for path, text in two[0].items() if "/" not in path}
    made = {(one["kind"], one["metadata"]["name"]): one for text in files.values() for one in load_all(text)}
    variables = {
        one["name"]: one.get("value")
        for name in ("postgres", "rabbitmq")
        for one in made["StatefulSet", name]["spec"]["template"]["spec"]["containers"][0]["env"]
    }
    assert [variables[name] for name in ("POSTGRES_DB", "SERVICES_USER", "RABBITMQ_DEFAULT_USER")] == ["one"] * 3
    assert "one.conf" in made["ConfigMap", "rabbitmq-config"]["data"]
    assert made["Deployment", "web"]["spec"]["template"]["spec"]["containers"][0]["image"].startswith("one/web:")


def test_two_platforms_in_one_cluster_share_no_object(two: list[dict[str, str]]) -> None:
    keys = []
    for files in two:
        objects = [one for path, text in files.items() if "/" not in path for one in load_all(text)]
        keys.append({(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in objects})
        assert {one["kind"] for one in objects if "namespace" not in one["metadata"]} == {"Namespace"}
    assert not keys[0] & keys[1]


def test_castiel_itself_is_in_its_own_namespace() -> None:
    castiel = described(catalogue=CONFIG / "catalogue.yaml", own=CONFIG / "values.yaml")
    assert Rendered.of(castiel.platform, files_of(castiel, [])).platform.namespace == "castiel"
    assert {one.manifest["metadata"].get("namespace", "castiel") for one in castiel.objects} == {"castiel"}
