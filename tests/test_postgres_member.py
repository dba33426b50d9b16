"""How each member of `topology: replicated` starts, is told of settings, looks after its data, and ends."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.postgres_members import Member, replicated, settings_of, three
from tests.rendering import render


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_first_member_alone_may_begin_a_database(tmp_path: Path, number: int) -> None:
    """The volume of a single server that becomes one of several is the first member's: another one could be quicker."""
    member = Member(tmp_path, f"postgres-{number}")
    member.run()
    bootstrap = member.settings.get("bootstrap", {}).get("bootstrap")
    assert (bootstrap is not None) == (number == 0)
    if bootstrap:
        assert bootstrap["dcs"] == settings_of(three())
        assert bootstrap[bootstrap["method"]] == {"command": f"sh {tmp_path}/etc/first-start.sh", "no_params": True}


def test_a_member_tells_patroni_where_it_is_and_how_much_memory_it_has(tmp_path: Path) -> None:
    member = Member(tmp_path, "postgres-1")
    assert member.run()[-2:] == [f"patroni {tmp_path}/patroni", "10.0.0.7:5432 10.0.0.7:8008"]
    own = member.settings["memory"]["postgresql"]
    assert own["bin_dir"] == str(tmp_path / "bin")
    assert own["parameters"] == {"shared_buffers": "262143kB", "effective_cache_size": "524288kB"}
    assert member.settings["patroni"]["postgresql"]["pg_hba"][-1] == "host replication postgres all scram-sha-256"


def test_where_there_is_tls_a_member_tells_patroni_of_it_last_and_looks_after_its_certificate(tmp_path: Path) -> None:
    """What it says takes the place of what is said before: files are laid over one another in the order of their names."""
    member = Member(tmp_path, "postgres-1", rendered=replicated(tls={"enabled": True, "secret": "own"}))
    (tmp_path / "etc" / "renew.sh").write_text('echo "looks for a renewal" >> "$LOG"\n')
    assert "looks for a renewal" in member.run()
    assert list(member.settings)[-1] == "tls"
    assert member.settings["tls"]["restapi"]["keyfile"] == "/etc/postgres-tls/tls.key"
    assert {rule.split()[0] for rule in member.settings["tls"]["postgresql"]["pg_hba"]} == {"local", "hostssl"}


def test_a_member_gives_its_lock_back_first_and_starts_whatever_becomes_of_that(tmp_path: Path) -> None:
    member = Member(tmp_path, "postgres-1")
    log = member.run()
    assert (tmp_path / "log.of_state").read_text() == f"{tmp_path}/etc/patroni-state.py give-back\n", "no settings yet"
    assert log[-2] == f"patroni {tmp_path}/patroni"


def test_beside_it_a_standby_is_looked_after_that_was_away_for_too_long(tmp_path: Path) -> None:
    member = Member(tmp_path, "postgres-1")
    (tmp_path / "etc" / "copy-anew.sh").write_text('echo "looks after the standby" >> "$LOG"\n')
    assert "looks after the standby" in member.run()


def test_an_ipv6_address_is_in_brackets(tmp_path: Path) -> None:
    assert Member(tmp_path, "postgres-1", address="fd00::7").run()[-1] == "[fd00::7]:5432 [fd00::7]:8008"


def test_settings_that_have_changed_are_told_to_patroni(tmp_path: Path) -> None:
    """It keeps those with which the database began. The server starts with the new ones."""
    member = Member(tmp_path, "postgres-2")
    told = f"patronictl -c {tmp_path}/patroni edit-config --force --replace {tmp_path}/etc/settings"
    assert member.run()[:2] == [told, f"patroni {tmp_path}/patroni"]
    assert yaml.safe_load((tmp_path / "log.told").read_text()) == settings_of(three())


def test_settings_are_told_later_where_the_store_does_not_answer_at_first(tmp_path: Path) -> None:
    member = Member(tmp_path, "postgres-2")
    (tmp_path / "log.absent").touch()
    member.run()
    assert yaml.safe_load((tmp_path / "log.told").read_text()) == settings_of(three())


def test_a_copy_that_was_broken_off_is_begun_anew(tmp_path: Path) -> None:
    """Patroni would wait for somebody to remove it."""
    member = Member(tmp_path, "postgres-1")
    (member.data / "global").mkdir(parents=True)
    (member.data / "backup_label").touch()
    member.run()
    assert not member.data.exists()


@pytest.mark.parametrize("files", [["backup_label", "global/pg_control"], ["global/pg_control"], ["PG_VERSION"]])
def test_data_that_may_be_whole_stay(tmp_path: Path, files: list[str]) -> None:
    member = Member(tmp_path, "postgres-1")
    (member.data / "global").mkdir(parents=True)
    for file in files:
        (member.data / file).write_text("16")
    log = member.run()
    assert all((member.data / file).exists() for file in files)
    assert not [line for line in log if line.startswith("initdb")]


def test_a_first_start_that_was_broken_off_is_begun_anew(tmp_path: Path) -> None:
    """Nobody knows how much of it has run, and Patroni would take what is there for a database."""
    member = Member(tmp_path, "postgres-0")
    member.data.mkdir()
    (member.data / "half").touch()
    Path(f"{member.data}.unfinished").touch()
    log = member.run()
    assert not (member.data / "half").exists()
    assert not Path(f"{member.data}.unfinished").exists()
    assert log[:6] == [
        f"initdb --pgdata={member.data} --username=postgres --pwfile={tmp_path}/password --auth-local=a --auth-host=b",
        "it's secret",
        "pg_ctl -w -o -c listen_addresses='' start",
        "roles",
        "pg_ctl -w -m fast stop",
        log[5],
    ]
    assert not (tmp_path / "password").exists()


def test_data_of_another_major_version_are_refused_and_stay(tmp_path: Path) -> None:
    member = Member(tmp_path, "postgres-2")
    member.data.mkdir()
    (member.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(subprocess.CalledProcessError) as refusal:
        member.run()
    assert refusal.value.stderr == (
        "the data are of PostgreSQL 15 and the image is of 16, which cannot read them: go back to an image of 15; "
        "a next major version is another server (docs/postgres.md)\n"
    )
    assert (member.data / "PG_VERSION").read_text() == "15\n"
    assert not (tmp_path / "log").exists(), "Patroni has not started"


@pytest.mark.parametrize(
    ("at", "gone", "copied"),
    [
        ("0/5000170 0/5000170", "t", True),
        ("0/5000170 0/6000000", "t", False),
        ("0/5000170 0/5000170", "f", False),
        ("0/5000170 0/5000170", "", False),
        (" ", "t", False),
    ],
    ids=["stands still", "moves on, from an archive", "the primary has it", "the primary is away", "streams"],
)
def test_a_standby_whose_log_the_primary_no_longer_has_copies_all_anew(tmp_path: Path, at: str, gone: str, copied: bool) -> None:
    """Patroni would let it wait for ever."""
    member = Member(tmp_path, "postgres-1")
    member.variables |= {"PATRONI_SCOPE": "postgres-patroni", "AT": at, "GONE": gone, "LOOKS": "2"}
    (tmp_path / "log").touch()
    call = f"patronictl -c {tmp_path}/patroni reinit postgres-patroni postgres-1 --force"
    assert member.run("copy-anew.sh") == ([call] if copied else [])


def test_a_member_writes_what_is_in_memory_before_it_hands_over_and_ends_whatever_becomes_of_that(tmp_path: Path) -> None:
    assert three().container("StatefulSet", "postgres")["lifecycle"] == {
        "preStop": {"exec": {"command": ["sh", "/etc/postgres/leave.sh"]}}
    }
    assert "lifecycle" not in render().container("StatefulSet", "postgres")
    assert Member(tmp_path, "postgres-1").run("leave.sh") == ["it's secret CHECKPOINT"]
