"""Rules over values that belong to no service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tierwright.blueprint import Blueprint
from tierwright.components.service_rules import reserved
from tierwright.config.problems import Path
from tierwright.expressions.conditions import Distinct, Unique, all_of, opposite
from tierwright.expressions.tokens import expression_of, filled
from tierwright.kit.rules import Rule, Rules
from tierwright.model.platform import secret_names


def _common_labels(blueprint: Blueprint) -> Iterator[Rule]:
    yield from reserved(blueprint, ("commonLabels",), expression_of(blueprint.values.common_labels))


def _pull_secrets(blueprint: Blueprint) -> Iterator[Rule]:
    yield Rule(
        path=("images", "pullSecrets"),
        places=_repeated,
        broken=opposite(Unique(expression_of(blueprint.values.images.pull_secrets))),
        wrong="a name is there twice",
        allowed="name each once",
    )


def _repeated(names: list[str]) -> Iterable[Path]:
    return [(at,) for at, name in enumerate(names) if name in names[:at]]


def _dns(blueprint: Blueprint) -> Iterator[Rule]:
    """The schema wants a label, but one whose value is null is none."""
    yield Rule(
        path=("networkPolicy", "dns", "podLabels"),
        broken=opposite(filled(blueprint.values.network_policy.dns.pod_labels)),
        wrong="is empty",
        allowed="name the labels of the DNS pods",
    )


def _secret_store(blueprint: Blueprint) -> Iterator[Rule]:
    secrets = blueprint.values.secrets
    yield Rule(
        path=("secrets", "mode"),
        broken=all_of(secrets.mode == "external", opposite(filled(secrets.store.name))),
        wrong="the mode is external, but secrets.store.name is empty",
        allowed="name the store there",
    )


def _secret_names(blueprint: Blueprint) -> Iterator[Rule]:
    known = tuple(dict.fromkeys(secret_names(blueprint.catalogue)))
    if len(known) < 2:
        return

    def places(names: dict[str, str]) -> Iterable[Path]:
        real = {name: names.get(name, name) for name in known}
        return [(name,) for name in names if list(real.values()).count(real.get(name, "")) > 1]

    yield Rule(
        path=("secrets", "names"),
        places=places,
        broken=opposite(Distinct(tuple(expression_of(blueprint.secret_name(name)) for name in known))),
        wrong="the name is that of two Secrets",
        allowed="give each a name of its own",
    )


PLATFORM_RULES = Rules(of_platform=(_common_labels, _pull_secrets, _dns, _secret_store, _secret_names))
