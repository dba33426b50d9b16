"""All errors come at once, those of one value, across values and of both files; none that only follows from another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.chart import test_borrowed_images, test_every_service, test_named_ports, test_uses
from tests.shop import CATALOGUE, errors
from tests.test_bad_catalogue import IN_THE_CATALOGUE
from tests.test_bad_data_services import IN_A_DATA_SERVICE
from tests.test_bad_values import IN_AN_OVERLAY
from tierwright.components.registry import COMPONENTS
from tierwright.model.part import possible_parts
from tierwright.model.reference import reference
from tierwright.model.values import values_type

FURTHER = "  loop: {tier: front, port: 4001, needs: [loop]}\n  odd: {tier: front, port: 4002, public: maybe}\n"
"""Two services more, one wrong by a rule, one by the schema."""

OF_FURTHER = {
    "catalogue.yaml:25: services.loop.needs[0]: loop needs itself; drop the need",
    "catalogue.yaml:26: services.odd.public: 'maybe' is not allowed; allowed: true or false, or a mapping",
}

VALUES = """\
clusterDomain: A
secrets: {generator: {placement: {priorityClass: A}}}
commonAnnotations: {helm.sh/hook: a}
"""
"""An overlay that is wrong by the schema and by a rule, in what no other case is about."""

OF_VALUES = {
    "wrong.yaml:1: clusterDomain: 'A' is not allowed; allowed: a DNS domain in lower case, such as cluster.local",
    (
        "wrong.yaml:2: secrets.generator.placement.priorityClass: 'A' is not allowed; "
        "allowed: the name of a Kubernetes object (lower-case letters, digits, hyphens and dots), or ''"
    ),
    (
        "wrong.yaml:3: commonAnnotations['helm.sh/hook']: Helm, Argo CD and kustomize do not manage what has helm.sh/hook; "
        "remove it; objects of your own in extraObjects may have it"
    ),
}


@pytest.mark.parametrize(("found", "instead", "error"), IN_THE_CATALOGUE)
def test_an_error_of_the_catalogue_hides_none_of_the_values(tmp_path: Path, found: str, instead: str, error: str) -> None:
    catalogue = CATALOGUE.replace(found, instead)
    assert set(errors(tmp_path, catalogue=catalogue, overlays={"wrong.yaml": VALUES})) == {f"catalogue.yaml:{error}", *OF_VALUES}


IN_OTHER_CATALOGUES = [
    (module.CATALOGUE, found, instead, [error] if isinstance(error, str) else error)
    for module in (test_borrowed_images, test_every_service, test_named_ports, test_uses)
    for found, instead, error in module.WRONG
]


@pytest.mark.parametrize(("catalogue", "found", "instead", "wrong"), IN_OTHER_CATALOGUES)
def test_an_error_of_what_services_reach_or_run_hides_none_of_the_values(
    tmp_path: Path, catalogue: str, found: str, instead: str, wrong: list[str]
) -> None:
    told = errors(tmp_path, catalogue=catalogue.replace(found, instead), overlays={"wrong.yaml": VALUES})
    assert set(told) == {*(f"catalogue.yaml:{one}" for one in wrong), *OF_VALUES}


@pytest.mark.parametrize(("found", "instead", "error"), IN_THE_CATALOGUE)
def test_an_error_of_the_catalogue_hides_no_other_one_there(tmp_path: Path, found: str, instead: str, error: str) -> None:
    told = errors(tmp_path, catalogue=CATALOGUE.replace(found, instead) + FURTHER)
    assert len(told) == 3, told
    assert f"catalogue.yaml:{error}"[:120] in {one[:120] for one in told}, "the list of names at its end is longer here"


OF_OBJECTS = "namespace.limitRange.min."
"""What begins so is a rule over all pods, and there are none as long as the catalogue is unsound."""


@pytest.mark.parametrize(("overlay", "error"), [case for case in [*IN_AN_OVERLAY, *IN_A_DATA_SERVICE] if OF_OBJECTS not in case[1]])
def test_an_error_of_the_values_hides_none_of_the_catalogue_and_no_other_one_there(
    tmp_path: Path, overlay: str, error: str
) -> None:
    told = errors(tmp_path, catalogue=CATALOGUE + FURTHER, overlays={"shop.yaml": overlay, "wrong.yaml": VALUES})
    expected = {*OF_FURTHER, *OF_VALUES, f"shop.yaml:{error}"}
    assert {one.replace("store, web, loop, odd", "store, web") for one in told} == expected


def test_what_only_follows_from_another_error_is_left_out(tmp_path: Path) -> None:
    overlay = """\
defaults:
  autoscaling: {enabled: true, minReplicas: many, maxReplicas: 1}
  resources: {requests: {cpu: n, memory: 9Gi}, limits: {memory: lots}}
  rollout: {maxSurge: 0, maxUnavailable: none}
services: {web: {database: {poolSize: 0}}}
secrets: {mode: extern}
"""
    assert [one.split(": ")[1] for one in errors(tmp_path, overlays={"shop.yaml": overlay})] == [
        "defaults.autoscaling.minReplicas",
        "defaults.resources.limits.memory",
        "defaults.resources.requests.cpu",
        "defaults.rollout.maxUnavailable",
        "services.web.database.poolSize",
        "secrets.mode",
    ]


def test_a_file_that_cannot_be_read_hides_no_error_of_the_others_and_makes_none(tmp_path: Path) -> None:
    overlays = {
        "one.yaml": "startup: {pollSeconds: 0}\nservices: {wbe: {}}\nsecrets: {mode: external}\ndefaults: {replicas: ~}\n",
        "two.yaml": "secrets: {store: {name: vault}\n",
        "three.yaml": "postgres: {sharedBuffersPercent: 90}\n",
    }
    assert errors(tmp_path, catalogue=CATALOGUE + FURTHER, overlays=overlays) == [
        *sorted(OF_FURTHER),
        "one.yaml:1: startup.pollSeconds: 0 is not allowed; allowed: a whole number from 1 to 60",
        "one.yaml:2: services.wbe: the catalogue has no such service; did you mean web? allowed: store, web, loop, odd",
        "three.yaml:1: postgres.sharedBuffersPercent: 90 is not allowed; allowed: a whole number from 1 to 50",
        "two.yaml:1: is not YAML: while parsing a flow mapping, did not find expected ',' or '}'; correct the syntax",
    ]


def test_a_catalogue_that_cannot_be_read_hides_no_error_of_the_values(tmp_path: Path) -> None:
    told = errors(tmp_path, catalogue="name: {", overlays={"wrong.yaml": VALUES + "services: {wbe: {replicas: -1}}\n"})
    assert set(told) == {
        "catalogue.yaml:1: is not YAML: while parsing a flow node, did not find expected node content; correct the syntax",
        *OF_VALUES,
        "wrong.yaml:4: services.wbe.replicas: -1 is not allowed; allowed: a whole number from 0 to 10000",
    }


def test_what_the_reader_refuses_hides_nothing_else_in_the_file(tmp_path: Path) -> None:
    overlay = "defaults:\n  replicas: y\n  replicas: 3\n  shutdown: {preStopSeconds: 0}\n  no: 1\nsecrets: {mode: external}\n"
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [
        (
            "shop.yaml:2: defaults.replicas: `y` is a switch for Helm; "
            "write it in quotes if text is meant, else as true, false or digits"
        ),
        "shop.yaml:3: defaults.replicas: is set already on line 2; keep one of the two",
        "shop.yaml:4: defaults.shutdown.preStopSeconds: 0 is not allowed; allowed: a whole number from 1 to 86400",
        "shop.yaml:5: defaults: the key `no` is no text; write it in quotes",
        "shop.yaml:6: secrets.mode: the mode is external, but secrets.store.name is empty; name the store there",
    ]


def test_an_object_of_the_users_own_that_is_none_hides_no_rule(tmp_path: Path) -> None:
    overlay = "extraObjects: [{kind: ConfigMap, metadata: {name: 1}}]\nsecrets: {mode: external}\n"
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [
        (
            "shop.yaml:1: extraObjects[0].apiVersion: is missing; "
            "allowed: a version of an API, with its group where it has one, such as v1 or networking.k8s.io/v1"
        ),
        "shop.yaml:1: extraObjects[0].metadata.name: 1 is not allowed; allowed: text, so put it in quotes",
        "shop.yaml:2: secrets.mode: the mode is external, but secrets.store.name is empty; name the store there",
    ]


WANTED = ("edge", "destinations", "chart-test")
PARTS = tuple(one for one in possible_parts(COMPONENTS) if one.name in ("postgres", *WANTED) or not (one.kind or one.wanted))
"""The components that the shop has."""

LEAVES = [".".join(path) for entry in reference(values_type(PARTS)) for path, _ in entry.leaves()]


@pytest.mark.parametrize("path", LEAVES)
def test_a_value_of_the_wrong_type_is_one_error_whatever_rules_read_it(tmp_path: Path, path: str) -> None:
    wrong: object = 0.5
    for key in reversed(path.split(".")):
        wrong = {key: wrong}
    (told,) = errors(tmp_path, overlays={"shop.yaml": json.dumps(wrong)})
    assert told.startswith(f"shop.yaml:1: {path}: 0.5 is not allowed; allowed: ")


@pytest.mark.parametrize("wrong", ["0.5", "[]", "[0.5]", "{}", "{a: 0.5}"])
@pytest.mark.parametrize("key", ["name", "tiers", "dataServices", "secrets", "external", "services", "chart"])
def test_a_wrong_entry_of_the_catalogue_hides_none_of_the_values(tmp_path: Path, key: str, wrong: str) -> None:
    lines = CATALOGUE.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{key}:")) if key != "chart" else len(lines)
    end = next((number for number in range(at + 1, len(lines)) if not lines[number].startswith(" ")), len(lines))
    catalogue = "".join([*lines[:at], f"{key}: {wrong}\n", *lines[end:]])
    told = errors(tmp_path, catalogue=catalogue, overlays={"wrong.yaml": VALUES})
    assert set(told) >= OF_VALUES
    assert {one.split(":")[0] for one in set(told) - OF_VALUES} <= {"catalogue.yaml"}


def test_rules_over_values_clashes_of_names_and_what_the_api_refuses_come_at_once(tmp_path: Path) -> None:
    overlay = """\
defaults: {env: {LOG_LEVEL: info}, extraEnv: [{name: LOG_LEVEL, value: debug}]}
namespace: {quota: {enabled: true, hard: {pods: "1"}}, limitRange: {min: {memory: 16Mi}}}
extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: own}, data: {retries: 3}}]
networkPolicy: {internalRanges: {ipv6: [fd00::1/8]}}
"""
    told = errors(tmp_path, overlays={"wrong.yaml": overlay})
    assert [one.split(": ")[1] for one in told] == [
        "defaults.extraEnv[0].name",
        "namespace.limitRange.min.memory",
        "namespace.quota.hard.pods",
        "extraObjects[0].data.retries",
        "networkPolicy.internalRanges.ipv6[0]",
    ], told


@pytest.mark.parametrize("implying", ["", ", storage: {data: /data}", ", user: 1000", ", singleton: true", ", health: {http: /x}"])
@pytest.mark.parametrize("name", ["Web", "0a", "_helpers", "a" * 54])
def test_a_wrong_name_of_a_service_is_one_error_whatever_values_it_implies(tmp_path: Path, name: str, implying: str) -> None:
    entry = f"{name}: {{tier: app, port: 80{implying}}}"
    (told,) = errors(tmp_path, catalogue=f"name: shop\ntiers: [{{name: app}}]\nservices: {{{entry}}}\n")
    assert told.startswith(f"catalogue.yaml:3: services.{name}: the key is not allowed; allowed: a name of up to 53")
