"""Users, and what else must exist in RabbitMQ: definitions, which each start loads.

The accounts are written when a pod starts, with the passwords of Secrets, on a volume in memory; no ConfigMap has one. What the
values define in RabbitMQ's own words comes after them. A server that has definitions makes no user by itself, so nothing is left
half made where its first start was broken off.
"""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.rabbitmq.cluster.server import is_cluster
from tierwright.components.data.rabbitmq.values import Rabbitmq
from tierwright.components.data.settings import kept_settings
from tierwright.expressions.conditions import Condition, HasKey, Truth, all_of, any_of
from tierwright.expressions.expression import Item, Key, KeysMatching, Lookup
from tierwright.expressions.fingerprints import Fingerprint
from tierwright.expressions.json_text import Json
from tierwright.expressions.tokens import Text, expression_of, filled
from tierwright.expressions.tree import Each, Include, Lines, Tree, splice, when
from tierwright.kit.metadata import Manifest
from tierwright.kit.rules import Rule

_FOLDER = "/run/definitions"
_FILE = "definitions.json"
_CONFIG = "/etc/definitions"
_PASSWORDS = "/run/users"

# Loaded in the order of their names: permissions are those of users that are there.
_ACCOUNTS, _MORE = "10-accounts.json", "20-definitions.json"

_START = """\
user() { # NAME TAGS, the password on standard input
  printf '{"name":"%s","tags":"%s","password":"%s"}' "$1" "$2" "$(sed 's/[\\\\"]/\\\\&/g')"
}
accounts() {
  vhost=${RABBITMQ_DEFAULT_VHOST:-/}
VHOSTS
  printf '{"user":"%s","vhost":"%s","configure":".*","write":".*","read":".*"}],"users":[' "$RABBITMQ_DEFAULT_USER" "$vhost"
  printf %s "$RABBITMQ_DEFAULT_PASS" | user "$RABBITMQ_DEFAULT_USER" ""
"""

_VHOSTS = """  printf '{"vhosts":[{"name":"%s"}],"permissions":[' "$vhost\""""
_QUORUM = """  printf '{"vhosts":[{"name":"%s","metadata":{"default_queue_type":"quorum"}}],"permissions":[' "$vhost\""""
"""Where an operator runs the nodes, each cluster begins anew; nobody can have queues of another type that would be in the way."""

_END = f"""\
  printf ']}}'
}}
(umask 077 && accounts > {_FOLDER}/{_ACCOUNTS})
"""


def is_defined(rabbitmq: Rabbitmq) -> Condition:
    """Whether each start loads definitions. One node alone without any is left to make the services' user by itself."""
    return any_of(is_cluster(rabbitmq), rabbitmq.is_operated, filled(rabbitmq.values.users), filled(rabbitmq.values.definitions))


def before_start(rabbitmq: Rabbitmq) -> Tree:
    """Lines of a shell script that write the definitions down, before the server is started."""
    password = f"{_PASSWORDS}/{Text(Key())}"
    more = f"  printf , && user {Text(Key())} '{_of_user('tag')}' < {password}"
    copy = f"cp {_CONFIG}/{_FILE} {_FOLDER}/{_MORE}"
    vhosts = when(rabbitmq.is_operated, _QUORUM, _VHOSTS)
    start = [vhosts if line == "VHOSTS" else line for line in _START.splitlines()]
    lines = (*start, _each_user(rabbitmq, more), *_END.splitlines(), when(has_more(rabbitmq), copy))
    return when(is_defined(rabbitmq), Lines(lines))


def config_lines(rabbitmq: Rabbitmq) -> Iterator[Tree]:
    """The lines of rabbitmq.conf by which they are loaded; they change where the definitions do, so that the pods restart."""
    yield when(is_defined(rabbitmq), f"load_definitions = {_FOLDER}")
    yield when(has_more(rabbitmq), f"# definitions {Text(Fingerprint(_call(rabbitmq)))}")


def files(rabbitmq: Rabbitmq) -> dict[str, Tree]:
    """What the ConfigMap has of them."""
    return {_FILE: when(has_more(rabbitmq), Text(Json(_call(rabbitmq))))}


def mounts(rabbitmq: Rabbitmq) -> list[Tree]:
    """Where the server finds the definitions, and what they are made of."""
    users = filled(rabbitmq.values.users)
    return [
        when(is_defined(rabbitmq), loaded_from()),
        when(has_more(rabbitmq), {"name": "config", "mountPath": _CONFIG, "readOnly": True}),
        when(users, {"name": "users", "mountPath": _PASSWORDS, "readOnly": True}),
    ]


def loaded_from() -> Manifest:
    """Where the server finds the definitions, in any of its containers."""
    return {"name": "definitions", "mountPath": _FOLDER}


def volumes(rabbitmq: Rabbitmq) -> list[Tree]:
    """The volume of the definitions, which ends with the pod, and that of the users' passwords."""
    items = [{"key": Text(Lookup(Item(), "key", otherwise="password"), safe=False), "path": Text(Key())}]
    source = {"secret": {"name": _of_user("secret"), "items": items}}
    memory: Manifest = {"name": "definitions", "emptyDir": {"medium": "Memory", "sizeLimit": "4Mi"}}
    return [
        when(is_defined(rabbitmq), memory),
        when(filled(rabbitmq.values.users), {"name": "users", "projected": {"sources": [_each_user(rabbitmq, source)]}}),
    ]


def rules(rabbitmq: Rabbitmq) -> Iterator[Rule]:
    """Who there is, and who says it."""
    values, path = rabbitmq.values, rabbitmq.path
    users, definitions = expression_of(values.users), expression_of(values.definitions)
    yield Rule(
        path=("definitions", "users"),
        broken=HasKey(definitions, "users"),
        wrong="passwords, and hashes of them, would stand in a ConfigMap",
        allowed=f"remove it; {path}.users names users and the Secrets with their passwords",
    )
    yield Rule(
        path=("users",),
        broken=HasKey(users, expression_of(values.user)),
        wrong=f"{values.user} is {path}.user, the services' own, whose password is that of {rabbitmq.name}-credentials",
        allowed="choose another name",
    )
    for key, entries, made in (("users", users, "its users are"), ("definitions", definitions, "what must exist is")):
        yield Rule(
            path=(key,),
            keys=KeysMatching(entries, ".*"),
            broken=all_of(rabbitmq.is_external, Truth(entries)),
            wrong=f"{rabbitmq.name} is external, so {made} made where it runs",
            allowed="remove it; in an overlay, null does so",
        )
    by = f"{path}.users and {path}.definitions decide such things"
    yield from kept_settings(values.config, "load_definitions", r"definitions\..*", by=by, where=is_defined(rabbitmq))


def has_more(rabbitmq: Rabbitmq) -> Condition:
    """Whether the values define anything beside accounts."""
    return filled(rabbitmq.values.definitions)


def _call(rabbitmq: Rabbitmq) -> Include:
    """The definitions of the values, as a map."""
    return rabbitmq.blueprint.call(f"{rabbitmq.name}.definitions", lambda: {"whole": splice(rabbitmq.values.definitions)})


def _of_user(field: str) -> str:
    return Text(Lookup(Item(), field, otherwise=""), safe=False)


def _each_user(rabbitmq: Rabbitmq, body: Tree) -> Each:
    return Each(expression_of(rabbitmq.values.users), body, entries=True)
