"""Texts of a stack that a Swarm would take for more than texts."""

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
