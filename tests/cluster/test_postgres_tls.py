"""TLS of PostgreSQL with a real server: who gets in, and what happens when its certificate is renewed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.certificates import Authority
from tests.cluster.postgres_server import ADMINISTRATOR, SERVICES, begin
from tests.cluster.postgres_tls import ServerWithTls, programs_with_tls
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered, render, render_with

REFUSED = 'pg_hba.conf rejects connection for host "127.0.0.1", user "{user}", database "castiel", no encryption'

Maker = Callable[..., ServerWithTls]


@cache
def with_tls(**more: Any) -> Rendered:
    """The manifests with TLS."""
    backup = {"backup": {"enabled": True}} if more.pop("backup", False) else {}
    return render_with({"postgres": {"tls": {"enabled": True, "secret": "postgres-tls", **more}, **backup}})


@pytest.fixture(name="authority", scope="session")
def _authority(place: Path) -> Authority:
    return Authority(place / "authority")


@pytest.fixture(name="programs", scope="session")
def _programs(place: Path) -> Path:
    (place / "debian").mkdir()
    return programs_with_tls(place / "debian")


@pytest.fixture(name="make_tls")
def _make_tls(place: Path, programs: Path, authority: Authority) -> Iterator[Maker]:
    made: list[ServerWithTls] = []

    def make(rendered: Rendered) -> ServerWithTls:
        server = ServerWithTls(Path(tempfile.mkdtemp(dir=place)), programs)
        server.configure(rendered)
        server.mount(authority.issue("postgres"))
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop_container()
        shutil.rmtree(server.folder)


def verified(server: ServerWithTls, authority: Authority, **more: str) -> str:
    """How it goes for a client that verifies the server."""
    return server.connect(**{"password": SERVICES, "PGSSLMODE": "verify-full", "PGSSLROOTCERT": str(authority.certificate), **more})


def plain(server: ServerWithTls) -> str:
    """How it goes for a client without TLS."""
    return server.connect(password=SERVICES, PGSSLMODE="disable")


def test_whoever_verifies_the_server_gets_in_and_whoever_has_no_tls_does_not(make_tls: Maker, authority: Authority) -> None:
    server = make_tls(with_tls())
    for _ in ("a new volume", "one that has its own rules"):
        assert begin(server), server.log
        assert verified(server, authority) == "TLSv1.3"
        assert plain(server).endswith(REFUSED.format(user="coder"))
        assert server.ask("SELECT 1") == "1"  # on the socket
        assert server.administer("SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL") == "0"
        server.stop_container()


def test_another_authority_or_another_name_is_noticed(make_tls: Maker, authority: Authority, place: Path) -> None:
    server = make_tls(with_tls())
    assert begin(server), server.log
    assert verified(server, Authority(place / "another")).endswith("SSL error: certificate verify failed")
    name = 'server certificate for "postgres" does not match host name "postgres.elsewhere"'
    assert verified(server, authority, host="postgres.elsewhere").endswith(name)


def test_as_long_as_it_is_not_required_clients_without_tls_get_in_too(make_tls: Maker, authority: Authority) -> None:
    server = make_tls(with_tls(required=False, minVersion="TLSv1.3"))
    assert begin(server), server.log
    assert (verified(server, authority), plain(server)) == ("TLSv1.3", "plain")
    assert server.administer("SHOW ssl_min_protocol_version") == "TLSv1.3"


def test_switched_off_again_nothing_of_it_is_left_on_the_volume(make_tls: Maker) -> None:
    server = make_tls(with_tls())
    assert begin(server), server.log
    server.stop_container()
    server.configure(render())
    assert begin(server), server.log
    assert plain(server) == "plain"


def test_a_renewed_certificate_is_used_without_a_restart(make_tls: Maker, place: Path) -> None:
    server = make_tls(with_tls())
    assert begin(server), server.log
    began = server.administer("SELECT pg_postmaster_start_time()")
    following = Authority(place / "following")
    server.mount(following.issue("postgres"))
    wait_for("the next certificate", lambda: verified(server, following) == "TLSv1.3", timeout=30, explain=lambda: server.log)
    assert "the certificate was renewed: the server reads it again\n" in server.log
    assert server.administer("SELECT pg_postmaster_start_time()") == began


def test_a_certificate_that_does_not_fit_its_key_leaves_the_earlier_one_in_use(make_tls: Maker, authority: Authority) -> None:
    server = make_tls(with_tls())
    assert begin(server), server.log
    server.mount(authority.issue("postgres") | {"tls.key": authority.issue("postgres")["tls.key"]})
    wait_for("its complaint", lambda: "SSL configuration was not reloaded" in server.log, timeout=30, explain=lambda: server.log)
    assert verified(server, authority) == "TLSv1.3"


def test_what_backs_it_up_verifies_the_server_too(make_tls: Maker, authority: Authority) -> None:
    rendered = with_tls(backup=True)
    server = make_tls(rendered)
    pod = rendered.get("CronJob", "postgres-backup")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    given = {one["name"]: one["value"] for one in pod["containers"][0]["env"] if "value" in one}
    given["PGSSLROOTCERT"] = given["PGSSLROOTCERT"].replace("/etc/postgres-ca/ca.crt", str(authority.certificate))
    for number in (1, 2):
        assert begin(server), server.log
        copy = server.folder / f"copy-{number}"
        variables = given | {"PGHOSTADDR": "127.0.0.1", "PGPORT": server.variables["PGPORT"], "PGPASSWORD": ADMINISTRATOR}
        done = server.run("pg_basebackup", f"--pgdata={copy}", "--checkpoint=fast", "--no-sync", "--no-password", **variables)
        assert done.returncode == 0, done.stderr
        without = server.run("pg_basebackup", f"--pgdata={copy}-plain", "--no-password", **(variables | {"PGSSLMODE": "disable"}))
        assert "pg_hba.conf rejects replication connection" in without.stderr
        server.stop_container()
