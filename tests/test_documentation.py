"""What the documents tell people to type: it exists, leaves nothing out, and shows no password."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from tests.chart.platforms import castiel, workloads
from tests.documentation import Block, blocks, files_of, named, words
from tests.rendering import ENVIRONMENTS, ROOT, render
from tierwright.components.layout import describe
from tierwright.kit import kinds
from tierwright.model.labels import POD_SECURITY
from tierwright.outputs.helm.texts import readme

KEPT = {(kind.api_version, kind.name) for kind in (kinds.NAMESPACE, kinds.STATEFUL_SET, kinds.CLUSTER, kinds.RABBITMQ_CLUSTER)}
"""Kinds whose removal is a decision for a person."""

NEEDS_A_DEFINITION = {(kind.api_version, kind.name) for kind in (kinds.EXTERNAL_SECRET, kinds.OBJECT_STORE, kinds.SCHEDULED_BACKUP)}
"""Custom resources: kubectl refuses to prune a kind that the cluster does not know."""


def allowed(text: str) -> set[tuple[str, str]]:
    """API version and name of each kind that `--prune-allowlist` names."""
    found = re.findall(r"--prune-allowlist=([\w.-]+)/(\w+)/(\w+)", text)
    return {(version if group == "core" else f"{group}/{version}", kind) for group, version, kind in found}


def test_pruning_names_every_kind_that_the_manifests_can_have() -> None:
    made = {
        (one.api_version, one.kind)
        for environment in ENVIRONMENTS
        for one in describe(render(environment).platform).declared
        if one.file
    }
    command = named("kubectl", "apply", "-f", "dist/", "--prune", document="docs/operations.md")
    assert allowed(command) == made - KEPT - NEEDS_A_DEFINITION
    of_every_kind = {(one.api_version, one.kind) for one in workloads().blueprint.declared if one.file}
    assert allowed((ROOT / "docs" / "operations.md").read_text()) == (made | of_every_kind) - KEPT
    assert words(command)[4:7] == ["--prune", "-l", "app.kubernetes.io/part-of=castiel"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_pruning_reaches_every_object_of_the_manifests_by_its_label(environment: str) -> None:
    for key, one in render(environment).objects.items():
        assert one["metadata"]["labels"]["app.kubernetes.io/part-of"] == "castiel", key


def installs() -> list[Block]:
    return [block for block in blocks() if block.begins("helm", "install") or block.begins("helm", "upgrade", "--install")]


def test_before_an_install_the_namespace_gets_the_labels_that_ours_has() -> None:
    assert {block.document for block in installs()} == {"docs/helm.md", "the chart's README.md"}
    for block in installs():
        made, labelled, installed, *_ = block.commands
        assert made == "kubectl create namespace castiel", block
        assert words(labelled)[:5] == ["kubectl", "label", "--overwrite", "namespace", "castiel"], block
        assert dict(word.split("=") for word in words(labelled)[5:]) == POD_SECURITY, block
        assert installed.startswith("helm install castiel "), block


def test_who_did_not_label_the_namespace_is_told_after_the_install() -> None:
    command = named("kubectl", "label", "--overwrite", document="NOTES.txt")
    assert {word for word in words(command) if "pod-security" in word} == {f"{key}={value}" for key, value in POD_SECURITY.items()}


PASSWORD_ON_A_COMMAND_LINE = re.compile(
    r"--from-literal|change_password \S+ \S|add_user \S+ \S|redis-cli .*(-a|--pass) |(PGPASSWORD|REDISCLI_AUTH)=[^$]"
    r"|--password[= ]\S|CONFIG SET requirepass|ALTER (ROLE|USER) .* PASSWORD|--set(-string)?[= ]\S*password",
    re.IGNORECASE,
)


def test_no_password_is_on_a_command_line() -> None:
    for block in blocks():
        for command in block.commands:
            assert not PASSWORD_ON_A_COMMAND_LINE.search(command), (block.document, command)
            if "openssl rand" in command:
                assert command.startswith("printf "), "a builtin of the shell has no command line of its own"


def test_each_command_can_be_read_by_a_shell_and_the_files_that_it_names_are_there() -> None:
    assert len(blocks()) > 20
    for block in blocks():
        for command in block.commands:
            assert shlex.split(command), (block.document, command)
            for file in files_of(command):
                assert (ROOT / file).exists(), (block.document, command)


def test_each_target_of_make_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for block in blocks():
        for command in block.begins("make"):
            named_here = [word for word in words(command.split("&&")[0])[1:] if re.fullmatch("[a-z-]+", word)]
            assert set(named_here) <= targets, (block.document, command)


def test_each_file_that_is_named_is_there() -> None:
    """Paths may begin at the project, at `constructs/`, or at the library."""
    roots = (ROOT, ROOT / "constructs", ROOT / "constructs" / "tierwright")
    for document in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for file in re.findall(r"`([\w./-]+/[\w.-]+\.(?:py|json|cjs|txt|yaml|md))`", document.read_text()):
            if not file.startswith("templates/"):
                assert any((root / file).is_file() for root in roots), (document.name, file)


DOCUMENTS = (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").glob("*/README.md"))


def anchors(document: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_each_link_leads_to_a_file_and_a_heading_that_are_there(document: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text()):
        file, _, anchor = link.partition("#")
        target = document.parent / file if file else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_readme_lists_every_document() -> None:
    listed = set(re.findall(r"^\| \[(docs/[\w-]+\.md)\]", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert listed == {str(document.relative_to(ROOT)) for document in (ROOT / "docs").glob("*.md")}


def test_the_version_is_in_each_file_in_which_a_release_raises_it() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    step = (ROOT / "docs" / "releasing.md").read_text().split("\n1. ")[1].split("\n2. ")[0]
    files = re.findall(r"`([\w./]+\.(?:toml|json|py|yaml))`", step)
    assert len(files) == 3
    assert [file for file in files if version not in (ROOT / file).read_text()] == []


def test_the_picture_of_the_layers_shows_those_of_the_contract() -> None:
    contract, *_ = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [[room.removeprefix("tierwright.") for room in layer.split(" | ")] for layer in contract["layers"]]
    picture = (ROOT / "CONTRIBUTING.md").read_text().split("```")[1]
    rows = [line[1:30].split("│") for line in picture.splitlines() if line.startswith("│")]
    assert [[room.strip() for room in row] for row in rows] == layers


def test_the_charts_readme_lists_what_the_program_alone_refuses() -> None:
    catalogue = castiel().blueprint.catalogue
    text = readme(catalogue, "").split("## What the chart does not check")[1]
    parts = [part for part in catalogue.parts() if part.program_rules]
    assert {part.name for part in parts} == {"postgres", "rabbitmq", "redis"}
    for part in parts:
        assert part.alone, f"{part.name} has rules that the chart lacks, and says nothing of them"
        assert [one for one in part.alone if f"- {one}\n" in text] == list(part.alone)
