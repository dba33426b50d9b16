"""A key that is right, but in the wrong one of the two files, is told with the file and the path where it belongs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import CATALOGUE, errors

# (what follows the service web in the catalogue, its path there, its path in the values)
IN_THE_CATALOGUE = [
    ("    replicas: 2\n", "services.web.replicas", "services.web.replicas"),
    ("    resources: {}\n", "services.web.resources", "services.web.resources"),
    ("    env: {A: b}\n", "services.web.env", "services.web.env"),
    ("postgres: {storage: {size: 1Gi}}\n", "postgres", "postgres"),
    ("images: {registry: a}\n", "images", "images"),
    ("defaults: {}\n", "defaults", "defaults"),
    ("commonLabels: {a: b}\n", "commonLabels", "commonLabels"),
]

# (the overlay, the path in it, the path in the catalogue)
IN_THE_VALUES = [
    ("services: {web: {port: 80}}", "services.web.port", "services.web.port"),
    ("services: {web: {needs: [store]}}", "services.web.needs", "services.web.needs"),
    ("services: {web: {tier: front}}", "services.web.tier", "services.web.tier"),
    ("services: {web: {public: true}}", "services.web.public", "services.web.public"),
    ("services: {web: {public: ~}}", "services.web.public", "services.web.public"),
    ("services: {web: {environment: {A: b}}}", "services.web.environment", "services.web.environment"),
    ("services: {web: {urlVariable: WEB}}", "services.web.urlVariable", "services.web.urlVariable"),
    ("defaults: {port: 80}", "defaults.port", "services.NAME.port"),
    ("postgres: {port: 5433}", "postgres.port", "dataServices.postgres.port"),
    ("postgres: {tier: data}", "postgres.tier", "dataServices.postgres.tier"),
    ("tiers: [{name: data}]", "tiers", "tiers"),
    ("external: {apis: {ports: [443]}}", "external", "external"),
    ("name: shop", "name", "name"),
    ("chart: {version: 1.0.0}", "chart", "chart"),
    ("secrets: {signing: {source: generated, keys: [A]}}", "secrets.signing", "secrets.signing"),
]


@pytest.mark.parametrize(("text", "path", "there"), IN_THE_CATALOGUE)
def test_a_key_of_the_values_in_the_catalogue(tmp_path: Path, text: str, path: str, there: str) -> None:
    assert errors(tmp_path, catalogue=CATALOGUE + text) == [
        f"catalogue.yaml:25: {path}: belongs in the values, not in the catalogue; move it to {there} of values.yaml"
    ]


def test_a_key_of_the_values_in_a_data_service_of_the_catalogue(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("port: 5432", "storage: {size: 1Gi}, port: 5432")
    told = "catalogue.yaml:7: dataServices.postgres.storage: belongs in the values, not in the catalogue"
    assert errors(tmp_path, catalogue=catalogue) == [f"{told}; move it to postgres.storage of values.yaml"]


def test_an_image_of_the_values_in_the_catalogue_which_has_another_kind_of_image(tmp_path: Path) -> None:
    wrong = "belongs in the values, not in the catalogue; move it to services.web.image of values.yaml"
    found = errors(tmp_path, catalogue=CATALOGUE + "    image: {tag: '2'}\n")
    assert found == [f"catalogue.yaml:25: services.web.image: {wrong}"]


def test_data_services_among_the_values_of_a_platform_whose_own_have_theirs_at_the_top(tmp_path: Path) -> None:
    wrong = "the catalogue has no data service whose values are here; the values of postgres are at the top"
    assert errors(tmp_path, overlays={"shop.yaml": "dataServices: {}"}) == [f"shop.yaml:1: dataServices: {wrong}"]


@pytest.mark.parametrize(("overlay", "path", "there"), IN_THE_VALUES)
def test_a_key_of_the_catalogue_in_the_values(tmp_path: Path, overlay: str, path: str, there: str) -> None:
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [
        f"shop.yaml:1: {path}: belongs in the catalogue, not in the values; move it to {there} of catalogue.yaml"
    ]


def test_the_file_of_the_values_that_is_named_is_one_that_the_user_has(tmp_path: Path) -> None:
    told = "catalogue.yaml:25: services.web.replicas: belongs in the values, not in the catalogue"
    assert errors(tmp_path, catalogue=CATALOGUE + "    replicas: 2\n", overlays={"a.yaml": "", "b.yaml": ""}) == [
        f"{told}; move it to services.web.replicas of b.yaml"
    ]


@pytest.mark.parametrize(("key", "value"), [("mode", "generate"), ("allowMissing", "true")])
def test_a_value_among_the_secrets_of_the_catalogue(tmp_path: Path, key: str, value: str) -> None:
    catalogue = CATALOGUE.replace("  api-keys:", f"  {key}: {value}\n  api-keys:")
    told = f"catalogue.yaml:9: secrets.{key}: belongs in the values, not in the catalogue"
    assert errors(tmp_path, catalogue=catalogue) == [f"{told}; move it to secrets.{key} of values.yaml"]


@pytest.mark.parametrize(
    "overlay", ["services: {web: {prot: 80}}", "secrets: {mod: generate}", "prot: 80", "secrets: {signing: {}}"]
)
def test_a_key_that_neither_file_has_is_unknown(tmp_path: Path, overlay: str) -> None:
    (told,) = errors(tmp_path, overlays={"shop.yaml": overlay})
    assert "unknown key" in told
