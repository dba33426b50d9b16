"""The variables in which people give the keys of Secrets to engines that have none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.expressions.tree import resolve
from tierwright.kit.credentials import SecretKey, password_of, secret_sources, url_of
from tierwright.model.names import upper_snake


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key of a Secret: the variable that holds it, what it is for, and whether it can be any random text."""

    variable: str
    description: str
    generated: bool


class Keys(msgspec.Struct, dict=True, eq=False):
    """The keys of a platform's Secrets, by the variables that hold them.

    The password of a data service is in the variable in which its clients read it, a key of a Secret of the catalogue in the one of
    its own name. Other keys, also of Secrets that the values alone name, are called SECRET_KEY.
    """

    blueprint: Blueprint

    def of(self, source: SecretKey) -> Key:
        """The variable of a key."""
        known = self._known.get(source)
        return known or Key(
            variable=_variable(source), description=f"the key {source.key} of the Secret {source.secret}", generated=False
        )

    @cached_property
    def _known(self) -> Mapping[SecretKey, Key]:
        known: dict[SecretKey, Key] = {}
        taken: set[str] = set()
        for source, key in self._candidates():
            if source not in known:
                variable = _variable(source) if key.variable in taken else key.variable
                taken.add(variable)
                known[source] = msgspec.structs.replace(key, variable=variable)
        return known

    def _candidates(self) -> Iterator[tuple[SecretKey, Key]]:
        blueprint = self.blueprint
        for name, part in blueprint.connected.items():
            assert part.connection is not None
            here = not blueprint.is_external(name).value(blueprint.scope)
            title = part.connection.title
            password = Key(variable=part.connection.password_variable, description=f"the password of {title}", generated=here)
            yield self._resolved(password_of(blueprint, name)), password
            if not here:
                whole = Key(variable=blueprint.catalogue.url_variable(name), description=f"the URL of {title}", generated=False)
                yield self._resolved(url_of(blueprint, name)), whole
        for name, secret in blueprint.catalogue.secrets.items():
            for variable in secret.keys:
                source = self._resolved(SecretKey(blueprint.secret_name(name), variable))
                yield source, Key(variable=variable, description=secret.description, generated=secret.source == "generated")
        for one in secret_sources(blueprint):
            for key in one.keys:
                source = self._resolved(SecretKey(blueprint.secret_name(one.name), key))
                yield (
                    source,
                    Key(variable=_variable(source), description=f"{key} of the Secret {one.name}", generated=one.generated),
                )

    def _resolved(self, source: SecretKey) -> SecretKey:
        scope = self.blueprint.scope
        return SecretKey(str(resolve(source.secret, scope)), str(resolve(source.key, scope)))


def _variable(source: SecretKey) -> str:
    return upper_snake(f"{source.secret}-{source.key}".replace(".", "-"))
