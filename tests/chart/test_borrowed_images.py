"""`image: {of: NAME}`: pods run the image of another workload; and commands that the catalogue gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.chart.law import broken
from tests.chart.platforms import Charted, charted_text
from tests.rendering import Rendered, render_platform
from tests.shop import errors

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: back}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
services:
  web: {tier: back, port: 80, user: 1234}
  worker:
    tier: back
    image: {of: web}
    command: [run, worker]
    args: ["--queue={{ .Values }}", "$(HOSTNAME)", ""]
  mailer:
    tier: back
    image: {of: worker}
    args: [mail]
  backup:
    tier: back
    image: {of: postgres}
    command: [pg_dump]
"""

DIGEST = f"sha256:{'0' * 64}"


def shop() -> Charted:
    return charted_text(CATALOGUE)


def rendered(**overlay: Any) -> Rendered:
    return render_platform(shop().load_with(overlay))


def image(made: Rendered, name: str) -> str:
    text: str = made.container("Deployment", name)["image"]
    return text


def test_the_image_is_that_of_the_other_workload_with_registry_repository_tag_and_digest() -> None:
    plain = rendered()
    assert image(plain, "web") == image(plain, "worker") == image(plain, "mailer") == "shop/web:0.1.0"
    own = {"repository": "ghcr.io/acme/site", "tag": "1.2", "digest": DIGEST}
    made = rendered(images={"registry": "registry.example"}, services={"web": {"image": own}})
    for name in ("web", "worker", "mailer"):
        assert image(made, name) == f"ghcr.io/acme/site:1.2@{DIGEST}"
        assert made.get("Deployment", name)["metadata"]["labels"]["app.kubernetes.io/version"] == "1.2"


def test_the_image_may_be_that_of_a_data_service() -> None:
    made = rendered(postgres={"image": {"tag": "18.1"}}, images={"publicRegistry": "mirror.example"})
    assert image(made, "backup") == "mirror.example/postgres:18.1" == made.container("StatefulSet", "postgres")["image"]


def test_the_image_stays_where_the_other_workload_is_left_out() -> None:
    made = rendered(services={"web": {"enabled": False, "image": {"tag": "7"}}})
    assert not made.has("Deployment", "web")
    assert image(made, "worker") == "shop/web:7"


def test_the_image_of_defaults_counts_for_its_owner_alone() -> None:
    made = rendered(defaults={"image": {"tag": "5"}}, services={"web": {"image": {"tag": "6"}}})
    assert image(made, "worker") == "shop/web:6"


def test_who_runs_the_image_runs_as_the_user_that_it_is_made_for() -> None:
    made = rendered(services={"mailer": {"security": {"user": 7}}})
    users = {
        name: made.get("Deployment", name)["spec"]["template"]["spec"]["securityContext"]["runAsUser"]
        for name in ("worker", "mailer")
    }
    assert users == {"worker": 1234, "mailer": 7}


def test_a_command_of_the_catalogue_is_the_containers_and_the_values_replace_each_part() -> None:
    worker = rendered().container("Deployment", "worker")
    assert worker["command"] == ["run", "worker"]
    assert worker["args"] == ["--queue={{ .Values }}", "$(HOSTNAME)", ""]
    other = rendered(services={"worker": {"command": ["other"]}, "mailer": {"args": ["later"]}}, defaults={"args": ["all"]})
    assert other.container("Deployment", "worker")["command"] == ["other"]
    assert other.container("Deployment", "worker")["args"] == ["all"]
    assert other.container("Deployment", "mailer")["args"] == ["later"]
    assert "command" not in other.container("Deployment", "mailer")
    assert "args" not in rendered().container("Deployment", "web")


@pytest.mark.helm
@pytest.mark.parametrize(
    "overlay",
    [
        "",
        f"services: {{web: {{image: {{repository: ghcr.io/acme/site, tag: '1.2', digest: '{DIGEST}'}}}}}}",
        "services: {web: {enabled: false, image: {tag: '7'}}}\ndefaults: {image: {tag: '5'}}",
        f"defaults: {{image: {{digest: '{DIGEST}'}}}}\nservices: {{web: {{image: {{digest: ''}}}}}}",
        f"defaults: {{image: {{repository: a, digest: '{DIGEST}'}}}}\nservices: {{web: {{image: {{repository: b, digest: ''}}}}}}",
        "services: {worker: {command: [a], args: [b, '{{ c }}']}, mailer: {command: [d]}}",
        "services: {worker: {command: []}}\ndefaults: {args: ['', x]}",
        "services: {worker: {image: {tag: '7'}}}",
        "services: {worker: {image: {repository: x}}}",
        f"services: {{mailer: {{image: {{digest: '{DIGEST}'}}}}}}",
        "services: {backup: {image: {tag: '7'}}}",
        "services: {worker: {image: {tag: ~}}}",
        "services: {worker: {image: ~}}",
        "services: {worker: {image: {tag: same}}}\ndefaults: {image: {tag: same}}",
        "postgres: {image: {tag: '18.1'}}\nimages: {registry: r.example, publicRegistry: mirror.example}",
    ],
)
def test_both_outputs_make_the_same_of_it_and_refuse_the_same(overlay: str) -> None:
    assert not broken(shop(), [overlay])


def test_an_image_in_the_values_of_who_borrows_one_is_refused(tmp_path: Path) -> None:
    overlay = "services:\n  worker:\n    image: {tag: '7'}\n  backup:\n    image: {repository: x}\n"
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": overlay}) == [
        (
            "own.yaml:3: services.worker.image: worker runs the image of web; "
            "set services.web.image, or remove `image` of worker from the catalogue"
        ),
        (
            "own.yaml:5: services.backup.image: backup runs the image of postgres; "
            "set postgres.image, or remove `image` of backup from the catalogue"
        ),
    ]


def test_a_digest_for_all_is_no_matter_of_who_borrows_an_image(tmp_path: Path) -> None:
    overlay = f"defaults: {{image: {{digest: '{DIGEST}'}}}}\nservices: {{web: {{image: {{digest: ''}}}}}}"
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": overlay}) == []


# (what the catalogue says, what it is to say, the error)
WRONG = [
    (
        "image: {of: web}",
        "image: {of: wbe}",
        (
            "9: services.worker.image.of: there is no service `wbe`; "
            "did you mean web? allowed: postgres, web, worker, mailer, backup"
        ),
    ),
    (
        "image: {of: web}",
        "image: {of: worker}",
        "9: services.worker.image.of: the image of worker is its own anyway; name another service, or remove this",
    ),
    (
        "image: {of: web}",
        "image: {of: mailer}",
        "14: services.mailer.image.of: the images form a cycle: mailer -> worker -> mailer; give one of them an image of its own",
    ),
    ("image: {of: web}", "image: web", "9: services.worker.image: 'web' is not allowed; allowed: a mapping"),
    (
        "image: {of: web}",
        "image: {}",
        (
            "9: services.worker.image.of: is missing; "
            "allowed: a name of up to 53 lower-case letters, digits and hyphens that begins with a letter"
        ),
    ),
    ("image: {of: web}", "image: {of: web, size: 7}", "9: services.worker.image.size: unknown key; allowed: of"),
    ("command: [run, worker]", "command: run", "10: services.worker.command: 'run' is not allowed; allowed: a list"),
    (
        "command: [run, worker]",
        "command: [1]",
        "10: services.worker.command[0]: 1 is not allowed; allowed: text, so put it in quotes",
    ),
]


@pytest.mark.parametrize(("found", "instead", "error"), WRONG)
def test_a_wrong_image_or_command_is_told_with_its_line_and_the_way_out(
    tmp_path: Path, found: str, instead: str, error: str
) -> None:
    assert CATALOGUE.count(found) == 1
    assert errors(tmp_path, catalogue=CATALOGUE.replace(found, instead)) == [f"catalogue.yaml:{error}"]
