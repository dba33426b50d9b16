"""Texts of a stack that a Swarm would not take as they are."""

from __future__ import annotations

from pathlib import Path

from tests.shop import CATALOGUE
from tests.test_swarm import NAMED, shop

BRACES = "'{{ .Node }} {{{x}}} }}'"


def test_braces_in_variables_are_no_template_of_the_swarm(tmp_path: Path) -> None:
    """A Swarm expands the variables of a task as templates of Go, and refuses a service whose text is none; commands it leaves."""
    catalogue = CATALOGUE.replace("GREETING: hello", f"GREETING: {BRACES}")
    stack = shop(tmp_path, catalogue=catalogue, overlay=f"{NAMED[:-2]}, args: [{BRACES}], env: {{OWN: {BRACES}}}}}}}")
    web = stack.services["web"]
    quoted = '{{"{{"}} .Node }} {{"{{"}}{x}}} }}'
    assert (web["environment"]["GREETING"], web["environment"]["OWN"]) == (quoted, quoted)
    assert web["command"][-1] == "{{ .Node }} {{{x}}} }}"


def test_braces_beside_a_secret_that_is_a_variable_are_no_template_of_the_swarm(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("GREETING: hello", "GREETING: '{{x}} ${postgres.password}'")
    web = shop(tmp_path, catalogue=catalogue, overlay="").services["web"]
    assert web["environment"]["GREETING"] == '{{"{{"}}x}} ${DB_PASSWORD:?run deploy.sh}'


def test_an_empty_file_has_a_line_break_since_a_swarm_refuses_a_config_without_data(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    catalogue = CATALOGUE.replace("port: 3000", "port: 3000\n    files: {/etc/web/empty: empty}")
    stack = shop(tmp_path, catalogue=catalogue)
    (entry,) = [one for one in stack.services["web"]["configs"] if one["target"] == "/etc/web/empty"]
    assert stack.files[f"swarm/files/{entry['source']}"] == "\n"
    assert "web: what is mounted at /etc/web/empty, a line break in place of an empty file" in stack.said
