"""TLS of PostgreSQL: what the server, its members and its clients get, and what is refused. A real server is asked elsewhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rendering import Object, Rendered, render, render_with
from tests.shop import CATALOGUE, errors
from tierwright.pipeline import compose, described, swarm

SECRET = {"tls": {"enabled": True, "secret": "own-tls"}}
VERIFIED = "sslmode=verify-full&sslrootcert=/etc/postgres-ca/ca.crt"
MOUNT = {"name": "postgres-ca", "mountPath": "/etc/postgres-ca", "readOnly": True}
OUTSIDE = {"topology": "external", "external": {"host": "db.example", "cidrs": ["10.9.0.0/24"]}}
IMAGE = {"repository": "registry.example/postgres-patroni"}


@cache
def secure() -> Rendered:
    return render_with({"postgres": {**SECRET, "backup": {"enabled": True}}})


@cache
def replicated(*, required: bool = True) -> Rendered:
    tls = {"tls": {**SECRET["tls"], "required": required}}
    return render_with({"postgres": {"topology": "replicated", "image": IMAGE, **tls}})


def named(items: list[Object], name: str) -> Object:
    (one,) = (item for item in items if item["name"] == name)
    return one


def url_of(rendered: Rendered, service: str = "calendar") -> str:
    return str(rendered.variables("Deployment", service)["DATABASE_URL"]["value"])


def spec_of(rendered: Rendered, kind: str, name: str) -> Object:
    manifest = rendered.get(kind, name)["spec"]
    spec: Object = (manifest["jobTemplate"]["spec"] if kind == "CronJob" else manifest)["template"]["spec"]
    return spec


def test_switched_off_it_leaves_no_trace() -> None:
    texts = "".join(text for name, text in render().files.items() if name.endswith(".yaml"))
    for word in ("ssl", "postgres-ca", "renew.sh", "hba_file"):
        assert word not in texts


def test_the_server_has_the_certificate_and_the_key_for_its_group_to_read() -> None:
    volume = named(spec_of(secure(), "StatefulSet", "postgres")["volumes"], "tls")
    items = [{"key": "tls.crt", "path": "tls.crt"}, {"key": "tls.key", "path": "tls.key"}]
    assert volume["secret"] == {"secretName": "own-tls", "defaultMode": 0o640, "items": items}
    container = secure().container("StatefulSet", "postgres")
    assert named(container["volumeMounts"], "tls")["mountPath"] == "/etc/postgres-tls"
    assert "postgres-ca" not in {one["name"] for one in container["volumeMounts"]}
    start = container["command"][-1]
    files = ("ssl_cert_file=/etc/postgres-tls/tls.crt", "ssl_key_file=/etc/postgres-tls/tls.key")
    for setting in ("ssl=on", *files, "ssl_min_protocol_version=TLSv1.2", "hba_file=/tmp/pg_hba.conf"):
        assert f"  -c {setting} \\\n" in start


def test_a_server_that_does_not_require_it_goes_by_its_own_rules() -> None:
    start = render_with({"postgres": {"tls": {**SECRET["tls"], "required": False}}}).container("StatefulSet", "postgres")[
        "command"
    ][-1]
    assert "  -c ssl=on \\\n" in start
    assert "hba" not in start.replace('"$PGDATA/pg_hba.conf"', "")


@pytest.mark.parametrize(("kind", "name"), [("Deployment", "calendar"), ("Deployment", "ai-service")])
def test_each_service_that_gets_the_address_has_the_ca_and_no_key(kind: str, name: str) -> None:
    assert url_of(secure(), name).endswith(f"&{VERIFIED}")
    assert MOUNT in secure().container(kind, name)["volumeMounts"]
    volume = named(spec_of(secure(), kind, name)["volumes"], "postgres-ca")
    assert volume["secret"] == {"secretName": "own-tls", "items": [{"key": "ca.crt", "path": "ca.crt"}]}


def test_the_key_is_in_the_pods_of_the_server_alone() -> None:
    for (kind, name), manifest in secure().objects.items():
        if "tls.key" in yaml.safe_dump(manifest):
            assert (kind, name) in {("StatefulSet", "postgres"), ("ConfigMap", "postgres-config")}


@pytest.mark.parametrize(
    ("kind", "name"), [("StatefulSet", "postgres-archive"), ("CronJob", "postgres-backup"), ("CronJob", "postgres-restore-test")]
)
def test_what_backs_it_up_verifies_the_server(kind: str, name: str) -> None:
    (container,) = spec_of(secure(), kind, name)["containers"]
    variables = {one["name"]: one.get("value") for one in container["env"]}
    assert (variables["PGHOST"], variables["PGSSLMODE"]) == ("postgres", "verify-full")
    assert variables["PGSSLROOTCERT"] == "/etc/postgres-ca/ca.crt"
    assert MOUNT in container["volumeMounts"]
    assert named(spec_of(secure(), kind, name)["volumes"], "postgres-ca")["secret"]["secretName"] == "own-tls"


def test_the_restore_connects_to_nobody_and_has_no_ca() -> None:
    rendered = render_with({"postgres": {**SECRET, "backup": {"enabled": True, "restore": {"to": "latest"}}}})
    (job,) = (one for (kind, name), one in rendered.objects.items() if kind == "Job" and name.startswith("postgres-restore-"))
    assert "postgres-ca" not in {one["name"] for one in job["spec"]["template"]["spec"]["volumes"]}


@pytest.mark.parametrize(
    ("authority", "source"),
    [
        ({"configMap": "bundle"}, {"configMap": {"name": "bundle", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}),
        ({"secret": "roots", "key": "a.pem"}, {"secret": {"secretName": "roots", "items": [{"key": "a.pem", "path": "ca.crt"}]}}),
    ],
)
@pytest.mark.parametrize("form", [SECRET, {**OUTSIDE, "tls": {}}])
def test_the_ca_may_come_from_elsewhere_also_that_of_an_external_server(
    authority: dict[str, str], source: Object, form: dict[str, Any]
) -> None:
    rendered = render_with({"postgres": {**form, "tls": {**form["tls"], "ca": authority}}})
    assert url_of(rendered).endswith(f"&{VERIFIED}")
    assert named(spec_of(rendered, "Deployment", "calendar")["volumes"], "postgres-ca") == {"name": "postgres-ca", **source}


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ("", f"?{VERIFIED}"),
        ("a=${poolSize}", f"?a=5&{VERIFIED}"),
        ("sslmode=require&sslaccept=strict", "?sslmode=require&sslaccept=strict"),
        ("ssl=true", "?ssl=true"),
    ],
)
def test_options_that_say_it_in_their_own_words_are_left_alone(options: str, query: str) -> None:
    assert url_of(render_with({"postgres": {**SECRET, "urlOptions": options}})).endswith(f"/castiel{query}")


ASKING = CATALOGUE.replace(
    "environment: {GREETING: hello}", 'environment: {PGSSLMODE: "${postgres.sslmode}", PGSSLROOTCERT: "${postgres.sslrootcert}"}'
)


@pytest.mark.parametrize(
    ("overlay", "words"),
    [
        ("{}", ("prefer", "")),
        ("postgres: {tls: {enabled: true, secret: own}}", ("verify-full", "/etc/postgres-ca/ca.crt")),
        (
            "postgres: {topology: external, external: {host: db, cidrs: [10.1.0.0/24]}, tls: {ca: {secret: own}}}",
            ("verify-full", "/etc/postgres-ca/ca.crt"),
        ),
        (
            "postgres: {topology: external, urlOptions: ssl=true, external: {host: db, cidrs: [10.1.0.0/24]}}",
            ("require", ""),
        ),
    ],
)
def test_programs_that_take_the_parts_ask_for_the_words_of_libpq(tmp_path: Path, overlay: str, words: tuple[str, str]) -> None:
    (tmp_path / "catalogue.yaml").write_text(ASKING)
    (tmp_path / "a.yaml").write_text(overlay)
    platform = described(catalogue=tmp_path / "catalogue.yaml", values=[tmp_path / "a.yaml"])
    (web,) = (one.manifest for one in platform.objects if (one.kind, one.manifest["metadata"]["name"]) == ("Deployment", "web"))
    variables = {one["name"]: one.get("value") for one in web["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert (variables["PGSSLMODE"], variables["PGSSLROOTCERT"]) == words


def test_members_verify_one_another_by_the_ca_and_their_own_port_has_tls_too() -> None:
    container = replicated().container("StatefulSet", "postgres")
    variables = {one["name"]: one.get("value") for one in container["env"]}
    for role in ("SUPERUSER", "REPLICATION"):
        assert variables[f"PATRONI_{role}_SSLMODE"] == "verify-ca"
        assert variables[f"PATRONI_{role}_SSLROOTCERT"] == "/etc/postgres-ca/ca.crt"
    assert MOUNT in container["volumeMounts"]
    assert {container[f"{probe}Probe"]["httpGet"]["scheme"] for probe in ("startup", "readiness", "liveness")} == {"HTTPS"}
    told = yaml.safe_load(replicated().get("ConfigMap", "postgres-config")["data"]["tls.yaml"])
    assert told["restapi"] == {"certfile": "/etc/postgres-tls/tls.crt", "keyfile": "/etc/postgres-tls/tls.key"}
    assert told["ctl"] == {**told["restapi"], "cacert": "/etc/postgres-ca/ca.crt", "insecure": True}
    assert told["postgresql"]["parameters"]["ssl"] == "on"
    assert told["postgresql"]["pg_hba"] == [
        "local all all scram-sha-256",
        "hostssl all all all scram-sha-256",
        "hostssl replication postgres all scram-sha-256",
    ]


def test_while_it_is_not_required_members_copy_also_from_one_that_has_none_yet() -> None:
    rendered = replicated(required=False)
    variables = {one["name"]: one.get("value") for one in rendered.container("StatefulSet", "postgres")["env"]}
    assert variables["PATRONI_REPLICATION_SSLMODE"] == "prefer"
    assert "pg_hba" not in yaml.safe_load(rendered.get("ConfigMap", "postgres-config")["data"]["tls.yaml"])["postgresql"]


def test_whoever_reads_from_the_other_members_verifies_them_too(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE.replace("needs: [postgres, store]", "needs: ['postgres:reads', store]"))
    (tmp_path / "a.yaml").write_text(
        "postgres: {topology: replicated, image: {repository: own/patroni}, tls: {enabled: true, secret: own}}"
    )
    platform = described(catalogue=tmp_path / "catalogue.yaml", values=[tmp_path / "a.yaml"])
    (web,) = (one.manifest for one in platform.objects if (one.kind, one.manifest["metadata"]["name"]) == ("Deployment", "web"))
    container = web["spec"]["template"]["spec"]["containers"][0]
    variables = {one["name"]: one.get("value") for one in container["env"]}
    assert variables["DATABASE_REPLICA_URL"] == f"postgresql://shop:$(DB_PASSWORD)@postgres-replicas:5432/shop?{VERIFIED}"
    assert MOUNT in container["volumeMounts"]


def test_members_without_it_have_no_word_of_it() -> None:
    rendered = render_with({"postgres": {"topology": "replicated", "image": IMAGE}})
    assert "tls.yaml" not in rendered.get("ConfigMap", "postgres-config")["data"]
    assert "scheme" not in rendered.container("StatefulSet", "postgres")["livenessProbe"]["httpGet"]


def test_compose_and_swarm_have_a_server_without_it_and_say_so(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE)
    (tmp_path / "a.yaml").write_text("postgres: {tls: {enabled: true, secret: own}}")
    platform = described(catalogue=tmp_path / "catalogue.yaml", values=[tmp_path / "a.yaml"])
    for output in (compose, swarm):
        for name, text in output(platform).items():
            if name.endswith(("compose.yaml", "stack.yaml")):
                assert "# - postgres has no TLS, and has it on a cluster\n" in text
            assert "sslmode" not in text
            assert "tls.key" not in text


AT = "a.yaml:1: postgres"


@pytest.mark.parametrize(
    ("postgres", "told"),
    [
        (
            "tls: {enabled: true}",
            (
                ".tls.enabled: postgres.tls.enabled is on, but postgres.tls.secret names no certificate; name a Secret of the "
                "namespace with tls.crt, tls.key and ca.crt there, such as one that cert-manager makes"
            ),
        ),
        (
            "topology: external, urlOptions: ssl=true, external: {host: db, cidrs: [10.1.0.0/24]}, tls: {enabled: true, secret: a}",
            (
                ".tls.enabled: postgres is external, so it has its certificate where it runs; set it to false; "
                "postgres.external.tls says whether to connect with TLS, postgres.tls.ca by which CA"
            ),
        ),
        (
            "tls: {enabled: true, secret: a, ca: {configMap: b, secret: c}}",
            ".tls.ca.secret: the CA comes from the ConfigMap that postgres.tls.ca.configMap names already; name one of the two",
        ),
        (
            "tls: {ca: {configMap: b}}",
            (
                ".tls.ca.configMap: a CA is named, but clients connect without TLS; "
                "remove it, or switch on postgres.tls.enabled, or for an external server postgres.external.tls"
            ),
        ),
        (
            "topology: external, external: {host: db, tls: false, cidrs: [10.1.0.0/24]}, tls: {ca: {secret: b}}",
            (
                ".tls.ca.secret: a CA is named, but clients connect without TLS; "
                "remove it, or switch on postgres.tls.enabled, or for an external server postgres.external.tls"
            ),
        ),
        (
            "urlOptions: sslmode=verify-full",
            ".urlOptions: this asks for TLS, which the server does not have; remove it, or switch postgres.tls.enabled on",
        ),
        (
            "urlOptions: a=b&sslmode=prefer, tls: {enabled: true, secret: a}",
            (
                ".urlOptions: postgres.tls.required is on, but this connects without TLS too; "
                "remove it, or write sslmode=verify-full, or switch postgres.tls.required off"
            ),
        ),
        (
            "topology: external, urlOptions: sslmode=verify-full, external: {host: db, cidrs: [10.1.0.0/24]}",
            (
                ".urlOptions: this verifies the server, but by no CA; name the CA in postgres.tls.ca, "
                "or add sslrootcert= and what the program takes, such as system"
            ),
        ),
        (
            "config: {ssl_key_file: /a}, tls: {enabled: true, secret: a}",
            (
                ".config.ssl_key_file: the platform sets ssl_key_file itself; "
                "remove it; postgres.tls decides how the server speaks TLS"
            ),
        ),
    ],
)
def test_what_contradicts_itself_is_refused_with_the_way_out(tmp_path: Path, postgres: str, told: str) -> None:
    assert errors(tmp_path, overlays={"a.yaml": f"postgres: {{{postgres}}}"}) == [AT + told]


@pytest.mark.parametrize(
    "postgres",
    [
        "urlOptions: sslmode=disable",
        "urlOptions: sslmode=disable, tls: {enabled: true, secret: a, required: false}",
        "config: {ssl_key_file: /a}",
        "topology: external, urlOptions: sslmode=verify-full&sslrootcert=system, external: {host: db, cidrs: [10.1.0.0/24]}",
        "topology: external, urlOptions: sslmode=verify-full, external: {host: db, cidrs: [10.1.0.0/24]}, tls: {ca: {secret: a}}",
    ],
)
def test_what_does_not_is_taken(tmp_path: Path, postgres: str) -> None:
    assert errors(tmp_path, overlays={"a.yaml": f"postgres: {{{postgres}}}"}) == []


def test_a_catalogue_cannot_mount_something_else_where_the_ca_is(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("needs: [postgres]\n", "needs: [postgres]\n    writable: [/etc/postgres-ca/own]\n")
    assert errors(tmp_path, catalogue=catalogue) == [
        (
            "catalogue.yaml:17: services.store.writable[0]: /etc/postgres-ca/own is below /etc/postgres-ca, which is kept for the "
            "CA of postgres; remove it, or choose another path"
        )
    ]
