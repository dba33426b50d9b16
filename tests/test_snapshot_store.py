"""What stores snapshots and clears them away, beside a program that keeps them in a folder and may fail."""

from __future__ import annotations

import os
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.test_redis_backup import backed_up, containers, variables

# What rclone does of all that the scripts ask; a listing with a word in $FAILING breaks off.
RCLONE = r"""#!/bin/sh
while :; do case "$1" in --*=*) shift ;; *) break ;; esac; done
does=$1
shift
for last; do :; done
place=$FOLDER/repository/${last#place:}
case $does in
  lsf)
    case "$* " in *"${FAILING:---never} "*) echo "ERROR: 503 Service Unavailable" >&2; exit 1 ;; esac
    cd "$place" || exit 3
    case "$*" in *--dirs-only*) ls -d -- */ ;; *) ls -- */complete ;; esac
    ;;
  copy) case $1 in place:*) cp "$FOLDER/repository/${1#place:}"/* "$2" ;; *) mkdir -p "$place" && cp "$1"/* "$place" ;; esac ;;
  copyto) cp "$1" "$place" ;;
  delete) rm -f "$place/complete" ;;
  purge) rm -r "$place" ;;
esac
"""

DEADLINE = 3600


class Repository:
    """A repository in a folder, and the container that stores a snapshot in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.place = folder, folder / "repository" / "all"
        for made in (folder / "bin", folder / "tmp", folder / "etc", self.place):
            made.mkdir(parents=True)
        rclone = folder / "bin" / "rclone"
        rclone.write_text(RCLONE)
        rclone.chmod(stat.S_IRWXU)
        for file, text in backed_up().get("ConfigMap", "redis-backup-config")["data"].items():
            placed = text.replace("/tmp/", f"{folder}/tmp/").replace("/etc/backup/", f"{folder}/etc/")  # noqa: S108
            (folder / "etc" / file).write_text(placed)

    def has(self, minutes_ago: int, *, complete: bool = True) -> str:
        """There is a snapshot that began so long ago; its name."""
        name = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).strftime("%Y%m%dT%H%M%SZ")
        (self.place / name).mkdir()
        for file in ("all.rdb", *(["complete"] if complete else [])):
            (self.place / name / file).write_text("")
        return name

    def take(self) -> str:
        """There is a new one to be stored; its name."""
        name = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        snapshot = self.folder / "tmp" / "snapshot" / name
        snapshot.mkdir(parents=True)
        (snapshot / "all.rdb").write_text("all")
        return name

    def run(self, script: str, **more: str) -> subprocess.CompletedProcess[str]:
        """How a script ends that has rclone."""
        own = {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "FOLDER": str(self.folder), "TARGET": "place:all"}
        told = {**own, "RETENTION": "2", "DEADLINE_SECONDS": str(DEADLINE), **more}
        command = ["sh", str(self.folder / "etc" / script)]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=told, timeout=30)

    @property
    def stored(self) -> list[str]:
        """The names of all that is there."""
        return sorted(path.name for path in self.place.iterdir())


@pytest.fixture(name="repository")
def _repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_the_container_is_told_how_long_another_one_may_take() -> None:
    told = variables(containers(backed_up(), "CronJob/redis-backup")["store"])
    assert (told["RETENTION"], told["DEADLINE_SECONDS"]) == ("7", str(DEADLINE))


def test_what_is_too_old_is_cleared_away(repository: Repository) -> None:
    first, second, new = repository.has(200), repository.has(100), repository.take()
    done = repository.run("store.sh")
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, [f"cleared away: {first}"])
    assert repository.stored == [second, new]


def test_a_clock_that_was_ahead_does_not_cost_the_new_one(repository: Repository) -> None:
    before = [repository.has(-100), repository.has(-200)]
    new = repository.take()
    assert repository.run("store.sh").returncode == 0
    assert repository.stored == [new, *before]


@pytest.mark.parametrize("failing", ["--recursive", "--dirs-only"])
def test_nothing_is_cleared_away_where_the_repository_cannot_be_listed(repository: Repository, failing: str) -> None:
    """A list that fails is no empty one: all snapshots would be too many."""
    before = [repository.has(200), repository.has(100), repository.take()]
    done = repository.run("store.sh", FAILING=failing)
    assert (done.returncode, done.stderr) == (1, "ERROR: 503 Service Unavailable\n")
    assert repository.stored == before


def test_nothing_is_cleared_away_where_another_one_has_taken_the_new_one(repository: Repository) -> None:
    """The list is read, and is not the one of what was stored just now."""
    before, new = repository.has(100), repository.take()
    script = repository.folder / "etc" / "store.sh"
    script.write_text(script.read_text().replace("whole=$(complete)", f"rm -r {repository.place}/{new}; whole=$(complete)"))
    done = repository.run("store.sh")
    message = f"error: {new} is not in the repository after all: nothing is cleared away\n"
    assert (done.returncode, done.stderr) == (1, message)
    assert repository.stored == [before]


def test_half_of_one_is_cleared_away_once_no_job_can_be_at_it(repository: Repository) -> None:
    """A Job that somebody made runs beside that of the schedule."""
    broken_off, under_way, new = (*(repository.has(ago, complete=False) for ago in (61, 59)), repository.take())
    done = repository.run("store.sh")
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, [f"cleared away: {broken_off}"])
    assert repository.stored == [under_way, new]


def test_a_repository_that_cannot_be_listed_is_not_one_without_snapshots(repository: Repository) -> None:
    name = repository.has(100)
    done = repository.run("fetch.sh", SNAPSHOT=name, FAILING="--recursive")
    assert (done.returncode, done.stderr) == (1, "ERROR: 503 Service Unavailable\n")


def test_a_repository_that_is_not_there_yet_has_no_snapshots(repository: Repository) -> None:
    done = repository.run("fetch.sh", SNAPSHOT="latest", TARGET="place:other")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "error: there is no complete snapshot in the repository")
