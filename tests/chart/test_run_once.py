"""Services that run once: a Job for each version of its pod, the same one in both outputs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.chart.helm import Refusal, read, template
from tests.chart.law import broken
from tests.chart.platforms import Charted, charted, charted_text
from tests.rendering import Object, Rendered, render_platform
from tests.shop import errors
from tierwright.expressions.json_text import json_text

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: app}, {name: front}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
services:
  web: {tier: app, port: 80, needs: [postgres]}
  migrate: {tier: app, run: once, image: {of: web}, command: [migrate], needs: [postgres]}
  mail: {tier: front, port: 82}
"""


def platform() -> Charted:
    """A platform with a service that runs once."""
    return charted_text(CATALOGUE)


def rendered(overlay: Mapping[str, Any]) -> Rendered:
    return render_platform(platform().load_with(overlay))


def job(overlay: Mapping[str, Any] = {}) -> Object:
    (found,) = [one for name, one in rendered(overlay).kinds("Job").items() if name.startswith("migrate-")]
    return found


def name(overlay: Mapping[str, Any] = {}) -> str:
    found: str = job(overlay)["metadata"]["name"]
    return found


def test_it_is_a_job_whose_pod_ends_by_itself() -> None:
    spec = job()["spec"]
    pod = spec["template"]["spec"]
    container = pod["containers"][0]
    assert (pod["restartPolicy"], container["image"], container["command"]) == ("Never", "shop/web:0.1.0", ["migrate"])
    assert (spec["backoffLimit"], spec["activeDeadlineSeconds"]) == (3, 86_400)
    assert {"ports", "startupProbe", "readinessProbe", "livenessProbe", "lifecycle"}.isdisjoint(container)
    assert not rendered({}).has("Service", "migrate")
    assert not rendered({}).has("Deployment", "migrate")


def test_it_stays_for_what_applies_the_manifests_again() -> None:
    """A Job that is gone is made anew by Argo CD and Flux, and runs again."""
    assert "ttlSecondsAfterFinished" not in job()["spec"]


def test_it_waits_as_others_do() -> None:
    assert [one["args"] for one in job()["spec"]["template"]["spec"]["initContainers"]] == [["postgres", "--tier", "data"]]


def test_nobody_waits_for_it() -> None:
    targets = rendered({}).get("ConfigMap", "startup-gate")["data"]["targets"]
    assert [line.split()[1] for line in targets.splitlines()] == ["postgres", "web", "mail"]


RUNS_AGAIN: dict[str, Mapping[str, Any]] = {
    "another image": {"services": {"web": {"image": {"tag": "2.0.0"}}}},
    "another variable": {"services": {"migrate": {"env": {"LEVEL": "debug"}}}},
    "another command": {"services": {"migrate": {"command": ["other"]}}},
    "another label of the pods": {"services": {"migrate": {"podLabels": {"team": "a"}}}},
    "another annotation of the pods": {"services": {"migrate": {"podAnnotations": {"a": "b"}}}},
    "another label of everything": {"commonLabels": {"team": "a"}},
    "another user": {"services": {"migrate": {"security": {"user": 7}}}},
    "other gates": {"startup": {"order": "graph"}},
}
THE_SAME: dict[str, Mapping[str, Any]] = {
    "another deadline, which a Job can change": {
        "services": {"migrate": {"job": {"activeDeadlineSeconds": 60, "backoffLimit": 1}}}
    },
    "another service": {"services": {"mail": {"image": {"tag": "2.0.0"}}}},
    "another annotation of the objects": {"commonAnnotations": {"a": "b"}},
    "another namespace": {"namespace": {"name": "other"}},
    "another pause of the gates": {"startup": {"pollSeconds": 7}},
}


@pytest.mark.parametrize("overlay", RUNS_AGAIN.values(), ids=RUNS_AGAIN)
def test_a_pod_that_differs_is_another_job(overlay: Mapping[str, Any]) -> None:
    """Kubernetes refuses to change the template of a Job."""
    assert name(overlay) != name()
    assert job(overlay)["spec"]["template"] != job()["spec"]["template"]


@pytest.mark.parametrize("overlay", THE_SAME.values(), ids=THE_SAME)
def test_the_same_pod_is_the_same_job(overlay: Mapping[str, Any]) -> None:
    assert name(overlay) == name()
    assert job(overlay)["spec"]["template"] == job()["spec"]["template"]


def test_its_name_fits_where_its_own_is_as_long_as_it_may_be(tmp_path: Path) -> None:
    """Its pods have the name of the Job as a label, which holds 63 characters."""
    file = tmp_path / "catalogue.yaml"
    file.write_text(CATALOGUE.replace("migrate:", f"{'m' * 53}:"))
    names = [one for one in render_platform(charted(file).load([])).kinds("Job") if one.startswith("mmm")]
    assert [len(one) for one in names] == [53 + 1 + 8]


@pytest.mark.helm
def test_helm_gives_it_the_same_name() -> None:
    made = template(platform().chart, [], namespace="shop")
    assert isinstance(made, str)
    assert name() in [one["metadata"]["name"] for one in read(made) if one["kind"] == "Job"]


@pytest.mark.helm
@pytest.mark.parametrize(
    "overlay",
    [
        "{}",
        "startup: {order: graph}",
        'services: {migrate: {env: {A: "<b> & \\u2028\\u2029 \\" \\\\ é", B: "{{ x }}", C: "1e3"}}}',
        "services: {migrate: {extraEnv: [{name: N, value: '0.1'}], podAnnotations: {a: 'yes', b: '0x10', c: '2001-01-01'}}}",
        "services: {migrate: {resources: {limits: {cpu: '1', memory: 2000000000}}}}",
        "services: {migrate: {resources: {limits: {memory: '2000000000'}}}}",
        "services: {migrate: {extraVolumes: [{name: a, configMap: {name: a, defaultMode: 420}}]}}",
        "services: {migrate: {extraVolumes: [{name: a, csi: {driver: a.example, volumeAttributes: {a: '1e21', b: '1e-7'}}}]}}",
        "services: {migrate: {security: {user: 2147483647}, shutdown: {drainSeconds: 86400}}}",
        "services: {migrate: {placement: {tolerations: [{operator: Exists, effect: NoExecute, tolerationSeconds: 1000000}]}}}",
        "services: {migrate: {enabled: false}}",
        "defaults: {replicas: 3, autoscaling: {enabled: true}, job: {backoffLimit: 0, activeDeadlineSeconds: 2000000}}",
        "commonLabels: {team: shop}\nimages: {pullSecrets: [a, b]}",
        "postgres: {topology: external, external: {host: a.example, cidrs: [10.0.0.0/8], tls: false}}",
    ],
)
def test_the_law_for_what_runs_once(overlay: str) -> None:
    assert not broken(platform(), [overlay])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (3, "3"),
        (3.0, "3"),
        (0, "0"),
        (-2, "-2"),
        (1_000_000, "1000000"),
        (2**53, "9007199254740992"),
        (0.5, "0.5"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-10, "1.5e-10"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (123456789.25, "123456789.25"),
    ],
)
def test_a_number_is_written_as_go_writes_it(number: float, text: str) -> None:
    assert json_text([number]) == f"[{text}]"


def test_a_text_is_written_as_go_writes_it() -> None:
    assert (
        json_text({"b": "<&>\u2028", "a": [True, None, 'é"\\\n']})
        == '{"a":[true,null,"é\\"\\\\\\n"],"b":"\\u003c\\u0026\\u003e\\u2028"}'
    )


ONCE = "is not allowed, as migrate runs once; remove it"
REFUSED = {
    "a number of pods": ("{replicas: 2}", [f"services.migrate.replicas: {ONCE}"]),
    "what is about a schedule": (
        "{job: {timeZone: Europe/Vienna, suspend: true}}",
        [f"services.migrate.job.suspend: {ONCE}", f"services.migrate.job.timeZone: {ONCE}"],
    ),
    "a probe": ("{probes: {liveness: {periodSeconds: 3}}}", [f"services.migrate.probes.liveness.periodSeconds: {ONCE}"]),
}


@pytest.mark.parametrize(("values", "wrong"), REFUSED.values(), ids=REFUSED)
def test_values_that_mean_nothing_are_refused(tmp_path: Path, values: str, wrong: list[str]) -> None:
    found = errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": f"services: {{migrate: {values}}}"})
    assert [one.split(": ", 1)[1] for one in found] == wrong


@pytest.mark.helm
@pytest.mark.parametrize("values", [values for values, _ in REFUSED.values()], ids=REFUSED)
def test_the_chart_refuses_them_too(values: str) -> None:
    assert isinstance(template(platform().chart, [f"services: {{migrate: {values}}}"], namespace="shop"), Refusal)
    assert not broken(platform(), [f"services: {{migrate: {values}}}"])


AT, NOBODY = "7: services.migrate", "migrate runs once, so nobody connects to it; remove it"
DONE = "what must be done before a service starts can be a step of its `prepare`"
UNREACHED = "migrate runs once, so nobody can"
AFTER, WEB = "run: once", "web: {tier: app, port: 80, needs: [postgres]"
IN_THE_CATALOGUE = [
    (AFTER, "run: twice", f"{AT}.run: 'twice' is not allowed; allowed: once"),
    (AFTER, f"{AFTER}, port: 80", f"{AT}.port: {NOBODY}"),
    (AFTER, f"{AFTER}, public: true", f"{AT}.public: {NOBODY}"),
    (AFTER, f"{AFTER}, singleton: true", f"{AT}.singleton: migrate runs once, in one pod at a time; remove it"),
    (
        WEB,
        WEB.replace("[postgres", "[postgres, migrate"),
        f"6: services.web.needs[1]: {UNREACHED} wait for it; drop the need; {DONE}",
    ),
    (WEB, f"{WEB}, uses: [migrate]", f"6: services.web.uses[0]: {UNREACHED} connect to it; drop the use; {DONE}"),
]


@pytest.mark.parametrize(("written", "instead", "error"), IN_THE_CATALOGUE)
def test_what_cannot_be_combined_with_it_is_refused(tmp_path: Path, written: str, instead: str, error: str) -> None:
    assert written in CATALOGUE
    assert errors(tmp_path, catalogue=CATALOGUE.replace(written, instead)) == [f"catalogue.yaml:{error}"]
