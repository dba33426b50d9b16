"""Services that run on a schedule: a CronJob, for which nobody waits and to which nobody connects."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import yaml

from tests.chart.helm import Refusal, template
from tests.chart.law import broken
from tests.chart.platforms import Charted, charted, charted_text
from tests.rendering import Object, Rendered, pod_templates, render_platform
from tests.shop import errors

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: back}, {name: app}, {name: front}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
services:
  idle: {tier: back, port: 81}
  web: {tier: app, port: 80, needs: [postgres]}
  nightly: {tier: app, schedule: "0 3 * * *", image: {of: web}, command: [cleanup], needs: [postgres, web]}
  hourly: {tier: app, schedule: "@hourly"}
  mail: {tier: front, port: 82}
"""


def platform() -> Charted:
    """A platform with two services that run on a schedule."""
    return charted_text(CATALOGUE)


def rendered(**overlay: Any) -> Rendered:
    return render_platform(platform().load_with(overlay))


def cron_job(name: str = "nightly", **overlay: Any) -> Object:
    spec: Object = rendered(**overlay).get("CronJob", name)["spec"]
    return spec


def pod(name: str = "nightly", **overlay: Any) -> Object:
    (found,) = pod_templates(cron_job(name, **overlay))
    spec: Object = found["spec"]
    return spec


def test_it_runs_at_the_times_of_the_catalogue_as_the_values_say() -> None:
    job = {"timeZone": "Europe/Vienna", "concurrencyPolicy": "Replace", "suspend": True, "activeDeadlineSeconds": 600}
    spec = cron_job(services={"nightly": {"job": job}})
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"], spec["suspend"]) == (
        "0 3 * * *",
        "Europe/Vienna",
        "Replace",
        True,
    )
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 600


def test_without_values_no_run_overlaps_another_or_hangs_for_ever() -> None:
    spec = cron_job()
    assert (spec["timeZone"], spec["concurrencyPolicy"], spec["suspend"]) == ("Etc/UTC", "Forbid", False)
    assert spec["startingDeadlineSeconds"] == 3600
    assert (spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (1, 3)
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 86_400
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 3
    assert "ttlSecondsAfterFinished" not in spec["jobTemplate"]["spec"]


def test_one_value_is_for_all_jobs() -> None:
    job = {"job": {"backoffLimit": 0}}
    both = rendered(defaults=job, services={"hourly": {"job": {"backoffLimit": 5}}})
    limits = {name: one["spec"]["jobTemplate"]["spec"]["backoffLimit"] for name, one in both.kinds("CronJob").items()}
    assert limits == {"nightly": 0, "hourly": 5}


def test_its_pod_is_made_like_any_other_but_serves_nobody() -> None:
    spec, container = pod(), pod()["containers"][0]
    assert spec["restartPolicy"] == "Never"
    assert (container["image"], container["command"]) == ("shop/web:0.1.0", ["cleanup"])
    assert {one["name"] for one in container["env"]} == {"DB_PASSWORD", "DATABASE_URL", "SERVICE_NAME", "WEB_SERVICE_URL"}
    assert {"ports", "startupProbe", "readinessProbe", "livenessProbe", "lifecycle"}.isdisjoint(container)
    assert "topologySpreadConstraints" not in spec
    assert spec["terminationGracePeriodSeconds"] == 30 + 5
    assert spec["automountServiceAccountToken"] is False


def test_it_has_no_service_autoscaler_or_budget() -> None:
    both = rendered(defaults={"replicas": 3, "autoscaling": {"enabled": True}, "service": {"annotations": {"a": "b"}}})
    for kind in ("Service", "Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget"):
        assert not [name for name in both.kinds(kind) if name.startswith(("nightly", "hourly"))], kind


def test_its_policy_lets_it_out_to_its_needs_and_lets_nobody_in() -> None:
    policy = rendered().get("NetworkPolicy", "nightly")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policy
    selected = [peer["podSelector"]["matchLabels"] for rule in policy["egress"] for peer in rule["to"] if len(peer) == 1]
    assert selected == [{"app.kubernetes.io/name": "postgres"}, {"app.kubernetes.io/name": "web"}]
    (found,) = pod_templates(cron_job())
    assert policy["podSelector"]["matchLabels"].items() <= found["metadata"]["labels"].items()


@pytest.mark.parametrize("order", ["tiers", "graph"])
def test_each_run_waits_for_its_needs_alone(order: str) -> None:
    """A run in two years has nothing to do with a service that it does not need."""
    gates = {one["name"]: one["args"] for one in pod(startup={"order": order})["initContainers"]}
    assert gates == {"wait-for-data": ["postgres", "--gates-behind", "1"], "wait-for-app": ["web"]}
    assert "initContainers" not in pod("hourly", startup={"order": order})
    others = rendered(startup={"order": "tiers"}).get("Deployment", "web")["spec"]["template"]["spec"]["initContainers"]
    assert [one["args"] for one in others] == [["postgres", "--tier", "data", "--gates-behind", "1"], ["--tier", "back"]]


def test_nobody_waits_for_it() -> None:
    targets = rendered().get("ConfigMap", "startup-gate")["data"]["targets"]
    assert [line.split()[1] for line in targets.splitlines()] == ["postgres", "idle", "web", "mail"]
    assert {"nightly", "hourly"}.isdisjoint(wait.target for wait in rendered().platform.graph.waits("mail"))


def test_a_tier_of_jobs_alone_has_no_gate() -> None:
    file = Path(mkdtemp()) / "catalogue.yaml"
    file.write_text(CATALOGUE.replace("idle: {tier: back, port: 81}", "idle: {tier: back, schedule: '@daily'}"))
    mail = render_platform(charted(file).load([])).get("Deployment", "mail")["spec"]["template"]["spec"]
    assert [one["name"] for one in mail["initContainers"]] == ["wait-for-data", "wait-for-app"]


def test_a_service_without_pods_holds_back_those_that_need_it_and_no_other_job(tmp_path: Path) -> None:
    needed = errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": "services: {web: {replicas: 0}, mail: {enabled: false}}"})
    wrong = "web has no pods, but nightly waits for it for ever; raise it, or set enabled: false for web and nightly"
    assert needed == [f"own.yaml:1: services.web.replicas: {wrong}"]
    overlay = "services: {idle: {replicas: 0}, web: {replicas: 0}, mail: {enabled: false}, nightly: {enabled: false}}"
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": overlay}) == []


def test_its_run_opens_one_pool_of_connections(tmp_path: Path) -> None:
    """Two pods of web, one of which comes in a rollout, and a run."""
    for most, found in ((15, []), (14, ["own.yaml:1: postgres.maxConnections: "])):
        overlay = f"postgres: {{maxConnections: {most + 3}, reservedConnections: 3}}\ndefaults: {{replicas: 1}}"
        said = errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": overlay})
        assert [one[: len("own.yaml:1: postgres.maxConnections: ")] for one in said] == found


def test_its_jobs_and_pods_count_in_quotas(tmp_path: Path) -> None:
    overlay = "namespace: {quota: {enabled: true, hard: {count/cronjobs.batch: '1', count/jobs.batch: '1'}}}"
    found = errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": f"{overlay}\nsecrets: {{mode: existing}}"})
    allowed = {one.split(": ")[1]: one.rsplit("; ", 1)[1] for one in found}
    # two services, of each of which one finished, three failed and one running Job may be there
    assert allowed == {
        "namespace.quota.hard['count/cronjobs.batch']": "allow 2 at least",
        "namespace.quota.hard['count/jobs.batch']": "allow 10 at least",
    }


def test_a_platform_without_jobs_has_no_values_for_them(tmp_path: Path) -> None:
    without = "\n".join(line for line in CATALOGUE.splitlines() if "schedule" not in line)
    file = tmp_path / "catalogue.yaml"
    file.write_text(without)
    assert "job" not in yaml.safe_load((charted(file).chart / "values.yaml").read_text())["defaults"]
    wrong = "the catalogue has no service with a schedule, or with run: once; add it there, or remove this"
    found = errors(tmp_path, catalogue=without, overlays={"own.yaml": "services: {web: {job: {suspend: true}}}"})
    assert found == [f"own.yaml:1: services.web.job: {wrong}"]


TIME, NIGHTLY = "is not allowed, as nightly runs on a schedule; remove it", "services: {nightly: "
REFUSED = {
    "a number of pods": (NIGHTLY + "{replicas: 2}}", [f"services.nightly.replicas: {TIME}"]),
    "an autoscaler": (
        NIGHTLY + "{autoscaling: {enabled: true, maxReplicas: 3}}}",
        [f"services.nightly.autoscaling.enabled: {TIME}", f"services.nightly.autoscaling.maxReplicas: {TIME}"],
    ),
    "a rollout": (NIGHTLY + "{rollout: {maxSurge: 1}}}", [f"services.nightly.rollout.maxSurge: {TIME}"]),
    "probes": (
        NIGHTLY + "{probes: {readiness: {periodSeconds: 5}}}}",
        [f"services.nightly.probes.readiness.periodSeconds: {TIME}"],
    ),
    "a path of a probe": (NIGHTLY + "{probes: {readinessPath: /}}}", [f"services.nightly.probes.readinessPath: {TIME}"]),
    "a Service": (NIGHTLY + "{service: {type: NodePort}}}", [f"services.nightly.service.type: {TIME}"]),
    "a budget": (NIGHTLY + "{disruptionBudget: {enabled: true}}}", [f"services.nightly.disruptionBudget.enabled: {TIME}"]),
    "how pods are spread": (NIGHTLY + "{spread: {nodes: DoNotSchedule}}}", [f"services.nightly.spread.nodes: {TIME}"]),
    "a time before it stops": (NIGHTLY + "{shutdown: {preStopSeconds: 3}}}", [f"services.nightly.shutdown.preStopSeconds: {TIME}"]),
    "a job of a service that runs for ever": (
        "services: {web: {job: {suspend: true}}}",
        ["services.web.job.suspend: is not allowed, as web runs for ever; remove it"],
    ),
    "runs that overlap without a bound": (
        NIGHTLY + "{job: {concurrencyPolicy: Allow}}}",
        ["services.nightly.job.concurrencyPolicy: 'Allow' is not allowed; allowed: Forbid, Replace"],
    ),
    "no time zone": (
        NIGHTLY + "{job: {timeZone: ''}}}",
        ["services.nightly.job.timeZone: '' is not allowed; allowed: the name of a time zone, such as Europe/Vienna"],
    ),
}


@pytest.mark.parametrize(("overlay", "wrong"), REFUSED.values(), ids=REFUSED)
def test_values_that_mean_nothing_are_refused(tmp_path: Path, overlay: str, wrong: list[str]) -> None:
    found = errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": overlay})
    assert [one.split(": ", 1)[1] for one in found] == wrong


@pytest.mark.helm
@pytest.mark.parametrize("overlay", [overlay for overlay, _ in REFUSED.values()], ids=REFUSED)
def test_the_chart_refuses_them_too(overlay: str) -> None:
    assert isinstance(template(platform().chart, [overlay], namespace="shop"), Refusal)
    assert not broken(platform(), [overlay])


AT, NOBODY = "8: services.nightly", "nightly runs on a schedule, so nobody connects to it; remove it"
WELL = "nightly runs on a schedule: that it ends well is its health; remove it"
FORMS = "minute, hour, day of the month, month and day of the week, such as '0 3 * * 1-5', or such as @daily, @every 6h"
KEEPS = "nightly runs on a schedule, and each run has pods of its own"
MOUNT = "give it to a service that runs for ever, and mount it here with `volumes`"
UNREACHED = "hourly runs on a schedule, so nobody can"
AFTER, WEB = 'schedule: "0 3 * * *"', "web: {tier: app, port: 80, needs: [postgres]"
IN_THE_CATALOGUE = [
    ('"0 3 * * *"', '"0 3 * *"', [f"{AT}.schedule: '0 3 * *' has 4 fields; allowed: {FORMS}"]),
    ('"0 3 * * *"', '"0 24 * * *"', [f"{AT}.schedule: '24' is no hour; allowed: 0 to 23, or such as *, */2, 1-3, 1,2"]),
    ('"0 3 * * *"', '"TZ=UTC 0 3 * * *"', [f"{AT}.schedule: 'TZ=UTC 0 3 * * *' names a time zone; write it under timeZone"]),
    *(
        (
            '"0 3 * * *"',
            f'"{never}"',
            [f"{AT}.schedule: '{never}' never comes; choose days that the months have, and no empty field"],
        )
        for never in ("0 3 31 2 *", "0 3 31 feb,4-6/2,9,11 ?", "0 3 30,31 2 *", ", 3 * * *")
    ),
    ('"0 3 * * *"', "3", [f"{AT}.schedule: 3 is not allowed; allowed: text, so put it in quotes"]),
    (AFTER, f"{AFTER}, port: 80", [f"{AT}.port: {NOBODY}"]),
    (
        AFTER,
        f"{AFTER}, port: 80, targetPort: 8080, protocol: tcp",
        [f"{AT}.port: {NOBODY}", f"{AT}.protocol: {NOBODY}", f"{AT}.targetPort: {NOBODY}"],
    ),
    (AFTER, f"{AFTER}, ports: {{metrics: 9464}}", [f"{AT}.ports: {NOBODY}"]),
    (AFTER, f"{AFTER}, public: true", [f"{AT}.public: {NOBODY}"]),
    (AFTER, f"{AFTER}, optional: true", [f"{AT}.optional: {NOBODY}"]),
    (AFTER, f"{AFTER}, urlVariable: NIGHTLY_URL", [f"{AT}.urlVariable: {NOBODY}"]),
    (AFTER, f"{AFTER}, health: {{command: [ok]}}", [f"{AT}.health: {WELL}"]),
    (AFTER, f"{AFTER}, health: http", [f"{AT}.health: {WELL}"]),
    (AFTER, f"{AFTER}, singleton: true", [f"{AT}.singleton: nightly runs on a schedule, in one pod at a time; remove it"]),
    (AFTER, f"{AFTER}, storage: {{a: /a}}", [f"{AT}.storage: {KEEPS}; {MOUNT}"]),
    (AFTER, f"{AFTER}, run: once", [f"{AT}.run: nightly runs on a schedule, and not once; keep one of the two"]),
    (WEB, WEB.replace("[postgres", "[postgres, hourly"), [f"7: services.web.needs[1]: {UNREACHED} wait for it; drop the need"]),
    (WEB, f"{WEB}, uses: [hourly]", [f"7: services.web.uses[0]: {UNREACHED} connect to it; drop the use"]),
    (
        "services:\n",
        "everyService: {needs: [hourly]}\nservices:\n",
        [f"5: everyService.needs[0]: {UNREACHED} wait for it; drop the need"],
    ),
]


@pytest.mark.parametrize(("written", "instead", "wrong"), IN_THE_CATALOGUE)
def test_what_a_schedule_cannot_be_combined_with_is_refused(tmp_path: Path, written: str, instead: str, wrong: list[str]) -> None:
    assert written in CATALOGUE
    found = errors(tmp_path, catalogue=CATALOGUE.replace(written, instead))
    assert sorted(found) == [f"catalogue.yaml:{one}" for one in wrong]


@pytest.mark.parametrize(
    "schedule", ["0 3 29 2 *", "0 3 31 2 1", "0 3 31 2,3 *", "0 3 29-31/2 2 *", "1,,2 3 * * *", "*/90 3 * * *"]
)
def test_a_schedule_may_come_seldom(tmp_path: Path, schedule: str) -> None:
    assert errors(tmp_path, catalogue=CATALOGUE.replace("0 3 * * *", schedule)) == []


def test_its_name_leaves_room_for_what_kubernetes_adds(tmp_path: Path) -> None:
    for length, found in ((52, []), (53, ["a service with a schedule has a name of at most 52 characters; choose a shorter name"])):
        catalogue = CATALOGUE.replace("hourly:", "h" * length + ":")
        assert [one.split(": ", 2)[2] for one in errors(tmp_path, catalogue=catalogue)] == found


def test_it_may_mount_the_storage_of_another_service(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("idle: {tier: back, port: 81}", "idle: {tier: back, port: 81, storage: {data: /data}}")
    file = tmp_path / "catalogue.yaml"
    file.write_text(catalogue.replace('schedule: "@hourly"', 'schedule: "@hourly", volumes: {idle.data: /data}'))
    shop = charted(file)
    (found,) = pod_templates(render_platform(shop.load([])).get("CronJob", "hourly"))
    assert {"name": "idle-data", "persistentVolumeClaim": {"claimName": "data-idle-0"}} in found["spec"]["volumes"]


@pytest.mark.helm
@pytest.mark.parametrize(
    "overlay",
    [
        "{}",
        "startup: {order: graph}",
        "defaults: {replicas: 3, autoscaling: {enabled: true}, job: {backoffLimit: 0, startingDeadlineSeconds: 2000000}}",
        "defaults: {replicas: 0}",
        "services: {nightly: {job: ~}}",
        "services: {nightly: {job: {timeZone: ~, suspend: true}, env: {A: b}, extraEnv: [{name: B, value: c}]}}",
        "services: {nightly: {enabled: false}}",
        "services: {hourly: {image: {digest: 'sha256:" + "a" * 64 + "'}, podLabels: {a: b}, podAnnotations: {c: d}}}",
        "services: {hourly: {extraVolumes: [{name: own, emptyDir: {}}], extraVolumeMounts: [{name: own, mountPath: /own}]}}",
        "services: {hourly: {extraVolumeMounts: [{name: none, mountPath: /own}]}}",
        "services: {hourly: {podLabels: {app.kubernetes.io/name: x}}}",
        "defaults: {job: ~}",
        "postgres: {topology: external, external: {host: a.example, cidrs: [10.0.0.0/8], tls: false}}",
    ],
)
def test_the_law_for_a_schedule(overlay: str) -> None:
    assert not broken(platform(), [overlay])
