"""What was not made by the program is never removed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import tierwright.outputs.folder
from tests.output_folder.folders import FILES, MARKED, NEW_MARKED, REMEDY, contents, names, refusal, replace
from tierwright.outputs.exchange import exchange
from tierwright.outputs.provenance import of_content, write_files

FOREIGN = [
    "README.md",
    "notes.yaml",
    ".git",
    "1-short.yaml",
    "01-database.yaml",
    "00-namespace.yaml~",
    "helm/mine",
    "helm/shop/templates/a.yaml",
]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_what_was_not_made_here_is_never_removed(out: Path, foreign: str) -> None:
    (out / foreign).write_text("mine")
    assert refusal(out) == f"{out} holds {foreign}, which was not made here; {REMEDY}"
    assert contents(out) == {**MARKED, foreign: "mine"}
    assert names(out.parent) == ["out"]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("foreign", FOREIGN)
def test_nor_what_somebody_adds_meanwhile(out: Path, foreign: str) -> None:
    said = refusal(out, meanwhile=lambda: (out / foreign).write_text("mine"))
    assert said == f"{out} holds {foreign}, which was not made here; {REMEDY}"
    assert contents(out) == {**MARKED, foreign: "mine"}
    assert names(out.parent) == ["out"]


def test_nor_what_comes_at_the_very_moment_of_the_exchange(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []

    def late(one: Path, other: Path) -> None:
        if not calls:
            (out / "mine.yaml").write_text("mine")
        calls.append(one)
        exchange(one, other)

    monkeypatch.setattr(tierwright.outputs.folder, "exchange", late)
    assert refusal(out) == f"{out} holds mine.yaml, which was not made here; {REMEDY}"
    assert contents(out) == {**MARKED, "mine.yaml": "mine"}
    assert names(out.parent) == ["out"]


@pytest.mark.parametrize("foreign", ["helm", "helm/mine", "docs"])
def test_a_folder_of_somebody_elses_is_named_as_one(tmp_path: Path, foreign: str) -> None:
    out = tmp_path / "out"
    write_files({"00-namespace.yaml": "", **({"helm/shop/values.yaml": ""} if "/" in foreign else {})}, out)
    (out / foreign / ".git").mkdir(parents=True)
    (out / foreign / ".git" / "HEAD").write_text("ref")
    (out / foreign / "Chart.yaml").write_text("name: mine")
    assert refusal(out) == f"{out} holds {foreign}, which was not made here; {REMEDY}"
    assert (out / foreign / ".git" / "HEAD").exists()


def test_an_empty_folder_of_somebody_elses_stays_too(out: Path) -> None:
    (out / "03-mine.yaml").mkdir()
    assert refusal(out) == f"{out} holds 03-mine.yaml, which was not made here; {REMEDY}"
    assert (out / "03-mine.yaml").is_dir()


@pytest.mark.parametrize("make", [Path.symlink_to, lambda path, _: os.mkfifo(path)], ids=["link", "pipe"])
def test_what_is_no_file_is_not_looked_into(out: Path, make: Callable[[Path, Path], None]) -> None:
    file = out / "00-namespace.yaml"
    file.rename(out.parent / "elsewhere")
    make(file, out.parent / "elsewhere")
    assert refusal(out) == f"{out} holds 00-namespace.yaml, which was not made here; {REMEDY}"


@pytest.mark.parametrize("path", ["helm", "helm/shop/templates"])
def test_a_link_to_a_folder_that_we_made_is_not_ours(out: Path, path: str) -> None:
    """What it leads to may be another output, whose files a run into this one would remove."""
    elsewhere = out.parent / "elsewhere"
    (out / path).rename(elsewhere)
    (out / path).symlink_to(elsewhere)
    kept = contents(elsewhere)
    assert refusal(out) == f"{out} holds helm, which was not made here; {REMEDY}"
    assert (out / path).is_symlink()
    assert contents(elsewhere) == kept


def test_a_file_that_was_changed_is_made_again_as_its_first_line_says(out: Path) -> None:
    with (out / "02-data.yaml").open("a") as file:
        file.write("# a change")
    replace(out)
    assert contents(out) == NEW_MARKED


@pytest.mark.parametrize("change", [lambda text: text.partition("\n")[2], lambda text: text.replace("02-data", "03-more", 1)])
def test_a_file_whose_first_line_was_taken_away_or_is_another_files_stays(out: Path, change: Callable[[str], str]) -> None:
    file = out / "02-data.yaml"
    file.write_text(change(file.read_text()))
    assert refusal(out) == f"{out} holds 02-data.yaml, which was not made here; {REMEDY}"


def test_a_copy_under_another_name_stays(out: Path) -> None:
    (out / "08-mine.yaml").write_text(MARKED["02-data.yaml"])
    assert refusal(out) == f"{out} holds 08-mine.yaml, which was not made here; {REMEDY}"


def test_line_ends_of_windows_do_not_matter(out: Path) -> None:
    for path, text in MARKED.items():
        (out / path).write_bytes(text.replace("\n", "\r\n").encode())
    replace(out)
    assert contents(out) == NEW_MARKED


def test_many_foreign_files_are_counted(out: Path) -> None:
    for number in range(8):
        (out / f"{number}.txt").touch()
    named = "0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 3 more"
    assert refusal(out) == f"{out} holds {named}, which were not made here; {REMEDY}"


def test_an_output_of_a_version_without_marks_is_told_as_such(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "helm" / "shop").mkdir(parents=True)
    (out / "helm" / "shop" / "values.yaml").touch()
    (out / "00-namespace.yaml").write_text("kind: Namespace\nmetadata:\n  labels:\n    app.kubernetes.io/managed-by: cdk8s\n")
    assert refusal(out) == (
        f"{out} holds 00-namespace.yaml, helm, which were not made here; {REMEDY}; "
        f"if an earlier version made it, which did not mark its files, remove {out} first"
    )
    assert names(out) == ["00-namespace.yaml", "helm"]


def test_the_working_folder_is_never_swept_away(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(out.parent)
    for path in ("", ".", "./", "out/.."):
        assert refusal(Path(path)) == f"{out.parent} holds out, which was not made here; {REMEDY}"
    assert contents(out) == MARKED


def test_a_file_that_has_the_hash_of_its_content_in_its_name_was_made_here_until_somebody_changes_it(out: Path) -> None:
    path = f"swarm/files/{of_content('motd', 'hello', 40)}"
    replace(out, {path: "hello", **FILES})
    assert contents(out) == {path: "hello", **MARKED}
    (out / path).write_text("mine")
    assert refusal(out) == f"{out} holds swarm, which was not made here; {REMEDY}"
    (out / path).write_text("hello")
    replace(out)
    assert contents(out) == NEW_MARKED
