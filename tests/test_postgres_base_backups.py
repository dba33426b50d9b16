"""Which base backups and which WAL are cleared away, with programs that only say that they did something."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.test_backups import backed_up

PROGRAMS = {
    "psql": 'case "$*" in *system_identifier*) echo 7 ;; *clock_timestamp*) echo "$NOW" ;; esac',
    "pg_basebackup": 'mkdir "${1#--pgdata=}" && echo "START WAL LOCATION: 0/9 (file $SEGMENT)" > "${1#--pgdata=}/backup_label"',
    "pg_verifybackup": "",
    "pg_archivecleanup": 'echo "$2" > "$FOLDER/cleaned"',
    "flock": "",
}


class Archive:
    """An archive with base backups."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bases = folder, folder / "archive" / "0001" / "base"
        for made in (folder / "bin", folder / "etc", self.bases, folder / "archive" / "0001" / "wal"):
            made.mkdir(parents=True)
        (folder / "archive" / "0001" / "system").write_text("7\n")
        for program, text in PROGRAMS.items():
            (folder / "bin" / program).write_text(f"#!/bin/sh\n{text}\n")
            (folder / "bin" / program).chmod(stat.S_IRWXU)
        for file, text in backed_up().get("ConfigMap", "postgres-archive-config")["data"].items():
            placed = text.replace("/etc/backup/", f"{folder}/etc/").replace("archive=/archive", f"archive={folder}/archive")
            (folder / "etc" / file).write_text(placed)

    def has(self, moment: str, segment: str) -> None:
        """There is a base backup, complete at this moment, which needs WAL from this segment on."""
        (self.bases / moment).mkdir()
        (self.bases / moment / "backup_label").write_text(f"START WAL LOCATION: 0/9 (file {segment})\nLABEL: x\n")

    def back_up(self, now: str, segment: str) -> list[str]:
        """Make one; the moments of those that there are then."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        told = {"PATH": path, "FOLDER": str(self.folder), "NOW": now, "SEGMENT": segment, "RETENTION": "2", "PGHOST": "postgres"}
        subprocess.run(["sh", self.folder / "etc" / "base-backup.sh"], check=True, env=told, capture_output=True, timeout=30)
        return sorted(path.name for path in self.bases.iterdir())

    @property
    def needed(self) -> str:
        """The segment before which all WAL is cleared away."""
        return (self.folder / "cleaned").read_text().strip()


@pytest.fixture(name="archive")
def _archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def test_the_oldest_base_backup_is_cleared_away_with_the_wal_that_it_alone_needs(archive: Archive) -> None:
    archive.has("20261101T020000Z", "000000010000000000000003")
    archive.has("20261102T020000Z", "000000010000000000000005")
    assert archive.back_up("20261103T020000Z", "000000010000000000000007") == ["20261102T020000Z", "20261103T020000Z"]
    assert archive.needed == "000000010000000000000005"


def test_a_clock_that_was_ahead_costs_neither_the_new_base_backup_nor_wal_that_one_needs(archive: Archive) -> None:
    archive.has("20271101T020000Z", "000000020000000000000003")
    archive.has("20271102T020000Z", "000000020000000000000005")
    there = archive.back_up("20261103T020000Z", "000000010000000000000007")
    assert there == ["20261103T020000Z", "20271101T020000Z", "20271102T020000Z"]
    assert archive.needed == "000000020000000000000003"
