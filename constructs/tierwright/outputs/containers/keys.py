"""The variables in which people give the keys of Secrets to engines that have none."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.expressions.tree import resolve
from tierwright.kit.credentials import SecretKey, login_of, password_of, secret_sources, whole_url_of
from tierwright.model.names import upper_snake

_OF_TOOLS = ("COMPOSE_", "DOCKER_", "BUILDKIT_", "BUILDX_", "OTEL_", "BASH_", "LC_", "LD_", "DYLD_", "CASTIEL_", "TIERWRIGHT_")
"""How variables begin that Compose, the `docker` command, shells, linkers and our own programs read."""

_OF_SHELLS = frozenset({
    "HOME", "USER", "LOGNAME", "SHELL", "PATH", "PWD", "OLDPWD", "TERM", "LANG", "LANGUAGE", "TZ", "TMPDIR", "HOSTNAME", "EDITOR",
    "PAGER", "MAIL", "DISPLAY", "SSH_AUTH_SOCK", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
    "all_proxy", "no_proxy",
    "_", "BASH", "BASHOPTS", "BASHPID", "CDPATH", "ENV", "EUID", "GROUPS", "IFS", "LINENO", "OPTARG", "OPTERR", "OPTIND", "PPID",
    "PS1", "PS2", "PS4", "RANDOM", "SECONDS", "SHELLOPTS", "SHLVL", "UID",
    "MAKEFILES", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "OUT", "PROFILE", "SECRETS_VERSION", "content", "nodes", "variable",
})  # fmt: skip
"""Variables of people's shells, which win over .env, or which shells keep for themselves, and those of `make up` and deploy.sh."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key of a Secret: the variable that holds it, what it is for, and whether it can be any random text."""

    variable: str
    description: str
    generated: bool


class Keys(msgspec.Struct, dict=True, eq=False):
    """The keys of a platform's Secrets, by the variables that hold them.

    The password of a data service is in the variable in which its clients read it, a key of a Secret of the catalogue in the one of
    its own name. Other keys, also of Secrets that the values alone name, are called SECRET_KEY; so are those whose own name has a
    meaning already. `used` are all that are read.
    """

    blueprint: Blueprint
    used: Sequence[SecretKey]

    def of(self, source: SecretKey) -> Key:
        """The variable of a key."""
        return self._known[source]

    @cached_property
    def _known(self) -> Mapping[SecretKey, Key]:
        known: dict[SecretKey, Key] = {}
        taken: set[str] = set()
        for source, key in self._candidates():
            if source not in known:
                variable = next(name for name in _names(source, key) if name not in taken)
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
                yield self._resolved(whole_url_of(blueprint, name)), whole
                yield from self._logins_elsewhere(name, title)
        for name, secret in blueprint.catalogue.secrets.items():
            for variable in secret.keys:
                source = self._resolved(SecretKey(blueprint.secret_name(name), variable))
                yield source, Key(variable=variable, description=secret.description, generated=secret.source == "generated")
        for one in secret_sources(blueprint):
            for key in one.keys:
                source = self._resolved(SecretKey(blueprint.secret_name(one.name), key))
                words = f"{key} of the Secret {one.name}"
                yield source, Key(variable=_variable(source), description=words, generated=one.generated)
        for source in self.used:
            words = f"the key {source.key} of the Secret {source.secret}"
            yield source, Key(variable=_variable(source), description=words, generated=False)

    def _logins_elsewhere(self, data_service: str, title: str) -> Iterator[tuple[SecretKey, Key]]:
        """The passwords of clients at a server that runs elsewhere, which knows them: no random text is one."""
        for client in self.blueprint.catalogue.logins(data_service):
            source = self._resolved(login_of(self.blueprint, data_service, client))
            words = f"the password of {client} at {title}"
            yield source, Key(variable=_variable(source), description=words, generated=False)

    def _resolved(self, source: SecretKey) -> SecretKey:
        scope = self.blueprint.scope
        return SecretKey(str(resolve(source.secret, scope)), str(resolve(source.key, scope)))


def _names(source: SecretKey, key: Key) -> Iterator[str]:
    """Names that the variable of a key may have, the best first."""
    of_both = _variable(source)
    if _has_a_meaning(of_both):
        of_both = f"SECRET_{of_both}"
    if not _has_a_meaning(key.variable):
        yield key.variable
    yield of_both
    yield from (f"{of_both}_{number}" for number in itertools.count(2))


def _has_a_meaning(variable: str) -> bool:
    return variable.startswith(_OF_TOOLS) or variable in _OF_SHELLS


def _variable(source: SecretKey) -> str:
    name = upper_snake(f"{source.secret}-{source.key}".replace(".", "-"))
    return f"_{name}" if name[0].isdigit() else name
