"""Rules by type find every value of the type, also of a component that they have never heard of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
from msgspec import Meta

from tierwright.config.documents import examine
from tierwright.model.composed import Entry
from tierwright.model.data_values import Cidrs
from tierwright.model.platform import Platform
from tierwright.model.typed_rules import TypedRules
from tierwright.model.workload_values import Resources


class Probe(Entry, frozen=True):
    """Something that no rule names."""

    resources: Resources
    allowed: Annotated[Cidrs, Meta(description="Who may.")]


class Values(Entry, frozen=True):
    """Values with it, once and in a map."""

    probe: Probe
    probes: dict[str, Probe]


TEXT = """\
probe:
  resources: {requests: {memory: 8Gi}, limits: {memory: 1Mi}}
  allowed: [10.0.0.1/8]
probes:
  one: {resources: {requests: {}, limits: {}}, allowed: []}
  two:
    resources: {requests: {cpu: "2"}, limits: {cpu: "1"}}
    allowed: [10.0.0.0/8, 10.0.0.1/8]
"""


LOWER = "lower the request, or raise the limit"
NETWORK = "write it as 10.1.2.0/24, with no bits behind the prefix"


class Described:
    """As much of a platform as the rules read."""

    def __init__(self, values: Any) -> None:
        self.values = values


def test_a_rule_finds_the_values_of_its_type_by_the_types_alone(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(TEXT)
    document, _ = examine(file)
    assert document is not None
    platform = cast("Platform", Described(msgspec.convert(document.plain(), Values)))
    found = [str(one).removeprefix(f"{file}:") for rule in TypedRules(document, platform).rules() for one in rule]
    assert sorted(found) == [
        f"2: probe.resources.requests.memory: the request 8Gi is above the limit 1Mi; {LOWER}",
        f"3: probe.allowed[0]: '10.0.0.1/8' is no network; {NETWORK}",
        f"7: probes.two.resources.requests.cpu: the request 2 is above the limit 1; {LOWER}",
        f"8: probes.two.allowed[1]: '10.0.0.1/8' is no network; {NETWORK}",
    ]
