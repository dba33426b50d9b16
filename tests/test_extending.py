"""The recipes of docs/extending.md, followed from their text: a data service, a kind of object, an output."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.chart.helm import Refusal, read, template
from tests.rendering import ROOT, Rendered
from tierwright.blueprint import Described
from tierwright.components.data import data_service_kind
from tierwright.components.registry import COMPONENTS
from tierwright.config.problems import ConfigError
from tierwright.kit.component import Component
from tierwright.model.part import PartKind, possible_parts
from tierwright.model.schemas import SCHEMAS
from tierwright.outputs.helm import chart_files
from tierwright.outputs.manifests import manifest_files
from tierwright.outputs.provenance import write_files
from tierwright.pipeline import OUTPUTS, described, files_of

Components = tuple[Component | PartKind, ...]

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: back}]
dataServices:
  mongodb: {tier: data, port: 27017, urlVariable: MONGODB_URL}
  archive: {kind: mongodb, tier: data, port: 27017, urlVariable: ARCHIVE_URL}
services:
  store: {tier: back, port: 3001, needs: [mongodb, archive]}
  other: {tier: back, port: 3002}
"""


def recipe(title: str) -> list[str]:
    """The blocks of code of a recipe."""
    text = (ROOT / "docs" / "extending.md").read_text()
    section = next(one for one in text.split("\n## ") if one.startswith(title))
    return re.findall(r"^```\w+\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


def module(file: Path, text: str, name: str = "") -> ModuleType:
    """A module of this text, and of this name."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    spec = importlib.util.spec_from_file_location(name or f"extending_{file.parent.name}", file)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def components(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Components]:
    """The registry with MongoDB in it, as the recipe makes it."""
    code, defaults, line, _ = recipe("A data service")
    folder = tmp_path_factory.mktemp("components") / "mongodb"
    folder.mkdir()
    (folder / "defaults.yaml").write_text(defaults)
    added = re.fullmatch(r'\+    data_service_kind\("(mongodb)"\),\n', line)
    assert added is not None
    made = module(folder / "__init__.py", code, f"tierwright.components.data.{added[1]}")
    yield (*COMPONENTS, data_service_kind(added[1]))
    del sys.modules[made.__name__]


def platform(folder: Path, components: Components, overlay: str = "", catalogue: str = CATALOGUE) -> Described:
    """The shop with MongoDB. Raises ConfigError."""
    (folder / "catalogue.yaml").write_text(catalogue)
    (folder / "a.yaml").write_text(overlay)
    return described(catalogue=folder / "catalogue.yaml", values=[folder / "a.yaml"], components=components)


def errors(folder: Path, components: Components, overlay: str = "", catalogue: str = CATALOGUE) -> list[str]:
    with pytest.raises(ConfigError) as error:
        platform(folder, components, overlay, catalogue)
    return str(error.value).replace(f"{folder}/", "").splitlines()


def test_the_recipe_is_a_module_with_its_values_and_one_line() -> None:
    _, defaults, line, catalogue = recipe("A data service")
    assert list(yaml.safe_load(defaults)) == ["mongodb"]
    assert len(line.splitlines()) == 1
    assert yaml.safe_load(catalogue)["dataServices"] == yaml.safe_load(CATALOGUE)["dataServices"]


def test_its_objects_gates_policies_secret_and_variables_follow(tmp_path: Path, components: Components) -> None:
    texts = 'needs: [mongodb, archive], environment: {MONGO: "${mongodb.user}@${mongodb.host}:${mongodb.port}"}'
    described = platform(tmp_path, components, catalogue=CATALOGUE.replace("needs: [mongodb, archive]", texts))
    made = Rendered.of(described.platform, manifest_files(described.objects))
    assert made.has("StatefulSet", "mongodb")
    assert made.container("StatefulSet", "mongodb")["image"] == "mongo:8"
    assert made.variables("StatefulSet", "mongodb")["MONGO_INITDB_ROOT_USERNAME"]["value"] == "shop"
    assert "data mongodb tcp://mongodb:27017 dns://mongodb-ready" in made.get("ConfigMap", "startup-gate")["data"]["targets"]
    (ingress,) = made.get("NetworkPolicy", "mongodb")["spec"]["ingress"]
    assert ingress["from"][0]["podSelector"]["matchExpressions"][0]["values"] == ["store"]
    assert {"mongodb"} == {
        rule["to"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
        for rule in made.get("NetworkPolicy", "store")["spec"]["egress"][:1]
    }
    assert "mongodb-credentials:password" in made.container("Job", "secret-generator")["args"]
    variables = made.variables("Deployment", "store")
    assert variables["MONGODB_URL"]["value"] == "mongodb://shop:$(MONGODB_PASSWORD)@mongodb:27017/"
    assert variables["MONGO"]["value"] == "shop@mongodb:27017"
    assert variables["MONGODB_PASSWORD"]["valueFrom"]["secretKeyRef"] == {"name": "mongodb-credentials", "key": "password"}
    assert "MONGODB_URL" not in made.variables("Deployment", "other")


def test_another_one_of_its_kind_has_all_of_its_own(tmp_path: Path, components: Components) -> None:
    described = platform(tmp_path, components, "dataServices: {archive: {user: clerk}}")
    made = Rendered.of(described.platform, manifest_files(described.objects))
    assert made.variables("StatefulSet", "archive")["MONGO_INITDB_ROOT_USERNAME"]["value"] == "clerk"
    assert made.variables("StatefulSet", "mongodb")["MONGO_INITDB_ROOT_USERNAME"]["value"] == "shop"
    variables = made.variables("Deployment", "store")
    assert variables["ARCHIVE_URL"]["value"] == "mongodb://clerk:$(ARCHIVE_PASSWORD)@archive:27017/"
    assert variables["ARCHIVE_PASSWORD"]["valueFrom"]["secretKeyRef"] == {"name": "archive-credentials", "key": "password"}


def test_its_values_are_in_the_chart_with_their_schema_and_rows(tmp_path: Path, components: Components) -> None:
    files = chart_files(platform(tmp_path, components))
    assert yaml.safe_load(files["shop/values.yaml"])["mongodb"]["user"] == "shop"
    assert "mongodb" in yaml.safe_load(files["shop/values.schema.json"])["properties"]
    assert "| `mongodb.user` | `shop` | The user of all services, made at the first start. |" in files["shop/README.md"]
    assert (
        "| `dataServices.archive.user` | `shop` | The user of all services, made at the first start. |" in files["shop/README.md"]
    )
    assert "| `mongodb-credentials` | `password` | generated, where MongoDB runs here |" in files["shop/README.md"]
    assert "shop/templates/mongodb.yaml" in files
    assert "mongodb" in str(SCHEMAS["catalogue"](components))
    for name in ("values", "overlay"):
        assert "mongodb" in SCHEMAS[name](possible_parts(components))["properties"]


@pytest.mark.helm
@pytest.mark.parametrize(
    "overlay",
    [
        "{}",
        "mongodb: {user: a, storage: {persistent: false, size: 1Gi}}",
        "mongodb: {topology: external, external: {host: db, cidrs: [10.0.0.0/24]}}",
        "dataServices: {archive: {topology: external, user: clerk, external: {host: db, cidrs: [10.0.0.0/24]}}}",
    ],
)
def test_manifests_and_chart_agree(tmp_path: Path, components: Components, overlay: str) -> None:
    made = platform(tmp_path, components)
    write_files(chart_files(made), tmp_path)
    of_helm = template(tmp_path / "shop", [overlay], namespace="shop")
    assert isinstance(of_helm, str), of_helm
    ours = [one.object for one in platform(tmp_path, components, overlay).objects]
    for kind, name in (
        ("StatefulSet", "mongodb"),
        ("NetworkPolicy", "mongodb"),
        ("StatefulSet", "archive"),
        ("NetworkPolicy", "archive"),
        ("Deployment", "store"),
        ("NetworkPolicy", "store"),
    ):
        found, wanted = (
            [_managed_by_nobody(one["spec"]) for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, name)]
            for objects in (read(of_helm), ours)
        )
        assert found == wanted


def _managed_by_nobody(tree: Any) -> Any:
    """The same tree without the label in which the two differ."""
    if isinstance(tree, dict):
        return {key: _managed_by_nobody(value) for key, value in tree.items() if key != "app.kubernetes.io/managed-by"}
    return [_managed_by_nobody(one) for one in tree] if isinstance(tree, list) else tree


@pytest.mark.helm
def test_the_chart_holds_its_rule_too(tmp_path: Path, components: Components) -> None:
    write_files(chart_files(platform(tmp_path, components)), tmp_path)
    refused = template(tmp_path / "shop", ["mongodb: {user: admin}"], namespace="shop")
    assert isinstance(refused, Refusal)
    assert refused.message == "mongodb.user: people take it for the administrator; choose another name"


def test_its_rule_schema_and_names_are_held(tmp_path: Path, components: Components) -> None:
    assert errors(tmp_path, components, "mongodb: {user: admin}") == [
        "a.yaml:1: mongodb.user: people take it for the administrator; choose another name"
    ]
    assert errors(tmp_path, components, "mongodb: {topology: external, external: {cidrs: [10.0.0.0/24]}}") == [
        (
            "a.yaml:1: mongodb.topology: mongodb is external, but mongodb.external.host is empty; "
            "give a DNS name or an IPv4 address there"
        )
    ]
    assert errors(tmp_path, components, "dataServices: {archive: {user: admin}}") == [
        "a.yaml:1: dataServices.archive.user: people take it for the administrator; choose another name"
    ]
    taken = CATALOGUE.replace("other:", "mongodb:")
    assert errors(tmp_path, components, catalogue=taken) == [
        "catalogue.yaml:8: services.mongodb: the name `mongodb` is reserved; choose another name"
    ]


def test_a_platform_without_it_has_nothing_of_it_and_says_so(tmp_path: Path, components: Components) -> None:
    without = "name: shop\ntiers: [{name: back}]\nservices: {store: {tier: back, port: 3001}}\n"
    for text in files_of(platform(tmp_path, components, catalogue=without)).values():
        assert "mongo" not in text.lower()
    assert errors(tmp_path, components, "mongodb: {user: a}", catalogue=without) == [
        "a.yaml:1: mongodb: the catalogue has no mongodb; add mongodb to its dataServices, or remove this"
    ]


def test_the_registry_of_the_library_does_not_know_it(tmp_path: Path) -> None:
    assert errors(tmp_path, COMPONENTS, catalogue=CATALOGUE) == [
        (
            "catalogue.yaml:4: dataServices.mongodb.kind: is missing, and mongodb is no kind of data service; "
            "allowed: postgres, rabbitmq, redis"
        ),
        "catalogue.yaml:5: dataServices.archive.kind: 'mongodb' is not allowed; allowed: postgres, rabbitmq, redis",
    ]


def test_nothing_but_the_registry_names_a_data_service() -> None:
    library = ROOT / "constructs" / "tierwright"
    titles = [(one.kind, one.connection.title) for one in possible_parts(COMPONENTS) if one.connection is not None]
    assert ("postgres", "PostgreSQL") in titles
    told = re.compile("|".join(rf"\b({name}|{title})\b" for name, title in titles), re.IGNORECASE)
    named = {
        str(file.relative_to(library))
        for file in library.rglob("*.py")
        if told.search(re.sub(r"postgresql\.cnpg\.io|(?i:rabbitmq.cluster)|rabbitmq\.com", "", file.read_text()))
    }
    assert {one for one in named if not one.startswith("components/data/")} == {"components/registry.py"}


def test_a_kind_is_one_line_and_its_class_is_found_by_its_name() -> None:
    from tierwright.kit import kinds
    from tierwright.outputs import cdk8s_objects

    line, *_ = recipe("A kind of object")
    made: dict[str, Any] = {"Kind": kinds.Kind}
    exec(line, made)  # noqa: S102 - the line of the recipe
    assert made["INGRESS"] == kinds.Kind("networking.k8s.io/v1", "Ingress")
    source = Path(cdk8s_objects.__file__).read_text()
    assert all(kind.name not in source for kind in kinds.BOUND)
    assert {(kind.api_version, kind.name) for kind in kinds.BOUND} == set(cdk8s_objects._BINDINGS)  # noqa: SLF001


def test_an_output_is_one_module(tmp_path: Path, components: Components) -> None:
    (code,) = recipe("An output")
    output = module(tmp_path / "ports" / "__init__.py", code).ports
    files = files_of(platform(tmp_path, components), [*OUTPUTS, output])
    assert files["docs/ports.md"] == "- store: 3001\n- other: 3002\n"
    assert "helm/shop/Chart.yaml" in files
