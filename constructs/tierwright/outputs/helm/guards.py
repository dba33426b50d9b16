"""What the values must not say, as the chart's own checks: rules across values, which a schema cannot hold.

`tierwright.model.values_rules` refuses the same, with file and line, before any manifest is made. Three of its rules need more than
templates can do and stay there alone: the comparison of quantities, the sum of all database connections, and what a network is.
"""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.blueprint import Blueprint, SecretSource
from tierwright.expressions.checks import Check
from tierwright.expressions.conditions import (
    Condition,
    Distinct,
    Equals,
    Holds,
    Matches,
    Measurable,
    Truth,
    Unique,
    all_of,
    any_of,
    opposite,
)
from tierwright.expressions.expression import Argument, Expression, Keys, KeysLike, Lookup, Operand, Picked
from tierwright.expressions.texts import WithNumber
from tierwright.expressions.tokens import Text, expression_of, filled, operand_of, traced
from tierwright.expressions.tree import Call, Guard
from tierwright.kit.autoscaling import is_scaled
from tierwright.model import postgres_rules
from tierwright.model.data_values import ExternalSecretKey, Postgres
from tierwright.model.environment import derived_variables
from tierwright.model.labels import RESERVED_PREFIXES, reserved_labels
from tierwright.model.names import EVERYBODY
from tierwright.model.platform import secret_names
from tierwright.model.workload_values import Image, ServiceValues
from tierwright.outputs.helm.reference_guards import of_references, of_url_options
from tierwright.outputs.helm.waiting_guards import of_waiting


def guards(blueprint: Blueprint) -> list[Guard | Call | Check]:
    """Every check of a platform."""
    found: list[Guard | Call | Check] = [
        *_of_data_services(blueprint),
        *_of_secrets(blueprint),
        *_of_networks(blueprint),
        *of_url_options(blueprint),
    ]
    found += _of_labels(blueprint, "commonLabels", expression_of(blueprint.values.common_labels))
    once = Unique(expression_of(blueprint.values.images.pull_secrets))
    found.append(_guard(opposite(once), message="images.pullSecrets: a name stands twice; name each once"))
    for name, service in blueprint.catalogue.services.items():
        arguments: dict[str, Operand] = {
            "name": name,
            "service": expression_of(blueprint.values_of(name)),
            "public": service.public,
        }
        found.append(blueprint.call("checkService", lambda: tuple(_of_service(blueprint)), **arguments))
        found += [*_of_needs(blueprint, name), _of_variables(blueprint, name), *of_references(blueprint, name)]
        found.append(of_waiting(blueprint, name))
    return found


def _of_service(blueprint: Blueprint) -> Iterator[Guard]:
    values, public = traced(ServiceValues, Argument("service")), Truth(Argument("public"))
    where = f"services.{Text(Argument('name'))}"
    scaling, rollout = values.autoscaling, values.rollout
    yield _guard(
        scaling.enabled,
        scaling.external,
        message=f"{where}.autoscaling.external: autoscaling is enabled too, so two would own the number; set one to false",
    )
    yield _guard(
        is_scaled(values),
        scaling.min_replicas > scaling.max_replicas,
        message=f"{where}.autoscaling: minReplicas is more than maxReplicas; lower the one, or raise the other",
    )
    for resource in ("cpu", "memory"):
        asked = Measurable(Lookup(expression_of(values.resources.requests), resource))
        message = f"{where}.resources.requests.{resource}: the autoscaler measures by it; set it, or switch autoscaling off"
        yield _guard(scaling.enabled, opposite(asked), message=message)
    yield _guard(
        rollout.max_surge == 0,
        rollout.max_unavailable == 0,
        message=f"{where}.rollout: with neither surge nor unavailable pods none ever begins; raise one of the two",
    )
    yield from _of_digest(blueprint.values.defaults.image, values.image, where)
    exposed = opposite(values.service.type == "ClusterIP")
    message = f"{where}.service.type: {Text(Argument('name'))} is not public; allowed: ClusterIP"
    yield _guard(exposed, opposite(public), message=message)
    nobody = opposite(filled(blueprint.values.network_policy.edge.cidrs))
    message = f"{where}.service.type: its policy lets no client reach it; name the clients in networkPolicy.edge.cidrs"
    yield _guard(exposed, public, nobody, message=message)
    everybody = Holds(expression_of(blueprint.values.network_policy.edge.cidrs), EVERYBODY)
    message = (
        f"{where}.service.externalTrafficPolicy: with Cluster the policy sees a node in place of the client; "
        "use Local, or let everybody in with 0.0.0.0/0 in networkPolicy.edge.cidrs"
    )
    traffic: Condition | bool = values.service.external_traffic_policy == "Cluster"
    yield _guard(exposed, public, traffic, opposite(everybody), message=message)
    yield from _of_labels(blueprint, f"{where}.podLabels", expression_of(values.pod_labels))


def _of_digest(shared: Image, image: Image, where: str) -> Iterator[Guard]:
    """A digest is that of one image: no service gets it by `defaults`, which are `shared`, for another."""
    inherited = all_of(filled(shared.digest), _same(image.digest, shared.digest))
    none_named = all_of(opposite(filled(shared.repository)), opposite(filled(image.repository)))
    message = f"{where}.image.digest: the one of defaults.image is that of one image; set it for each service"
    yield _guard(inherited, none_named, message=f"{message}, or name the one image in defaults.image.repository")
    same = _same(image.repository, shared.repository)
    message = f"{where}.image.repository: the digest of defaults.image is not that of this image; set {where}.image.digest too"
    yield _guard(inherited, opposite(none_named), opposite(same), message=message)
    message = f"{where}.image.tag: the digest of defaults.image decides, not this tag; set {where}.image.digest too"
    yield _guard(inherited, opposite(none_named), same, opposite(_same(image.tag, shared.tag)), message=message)


def _same(one: str, other: str) -> Condition:
    """Whether two texts of the values are the same."""
    return Equals(expression_of(one), expression_of(other))


def _of_needs(blueprint: Blueprint, name: str) -> Iterator[Guard]:
    """A service is not left out while one that cannot do without it stays."""
    for need in blueprint.service(name).needs:
        service = blueprint.catalogue.services.get(need)
        if service and not service.optional:
            message = f"services.{need}.enabled: {name} needs it; enable it, or disable {name} too"
            yield _guard(blueprint.presence(name), opposite(blueprint.presence(need)), message=message)


def _of_variables(blueprint: Blueprint, name: str) -> Guard:
    """Variables that follow from the catalogue are not set otherwise."""
    taken = {one.name for one in derived_variables(blueprint.catalogue, name)}
    found = Picked(expression_of(blueprint.values_of(name).env), tuple(sorted(taken)))
    return _guard(
        Truth(found), message=f"services.{name}.env: {', '.join(sorted(taken))} follow from the catalogue; remove them here"
    )


def _of_labels(blueprint: Blueprint, path: str, labels: Expression) -> Iterator[Guard]:
    """Labels that policies, selectors or controllers go by are not the user's to set."""
    for found in (Keys(Picked(labels, reserved_labels(blueprint.name))), KeysLike(labels, RESERVED_PREFIXES)):
        message = f"{path}: policies, selectors or controllers go by {Text(found)}; choose another name"
        yield _guard(Truth(found), message=message)


def _of_networks(blueprint: Blueprint) -> Iterator[Guard]:
    """The schema wants a label, but one whose value is null is none."""
    message = "networkPolicy.dns.podLabels: is empty; name the labels of the DNS pods"
    yield _guard(opposite(filled(blueprint.values.network_policy.dns.pod_labels)), message=message)


def _of_data_services(blueprint: Blueprint) -> Iterator[Guard]:
    for name, operation in blueprint.data_services.items():
        outside = blueprint.is_external(name)
        for what, value in (("host", operation.external.host), ("cidrs", operation.external.cidrs)):
            message = f"{name}.topology: it is external, but {name}.external.{what} is empty; set it"
            yield _guard(outside, opposite(filled(value)), message=message)
        limited = Measurable(Lookup(expression_of(operation.resources.limits), "memory", optional=True))
        message = f"{name}.resources.limits.memory: {name} computes its memory settings from it; set it"
        yield _guard(opposite(outside), opposite(limited), message=message)
        access = getattr(operation, "developer_access", None)
        if access is not None:
            message = f"{name}.developerAccess.cidrs: the access is on, but lets nobody in; name the developers' networks"
            yield _guard(opposite(outside), access.enabled, opposite(filled(access.cidrs)), message=message)
            message = f"{name}.developerAccess.cidrs: they let everybody in; name the developers' networks"
            yield _guard(opposite(outside), access.enabled, Holds(expression_of(access.cidrs), EVERYBODY), message=message)
        if isinstance(operation, Postgres):
            yield from _of_postgres(operation, outside)


def _of_postgres(values: Postgres, outside: Condition) -> Iterator[Guard]:
    """What `tierwright.model.postgres_rules` refuses."""
    options, user, database = map(expression_of, (values.url_options, values.user, values.database))
    unknown = Matches(WithNumber(options, postgres_rules.POOL_SIZE, 1), postgres_rules.PLACEHOLDER_BEGINS)
    yield _guard(unknown, message=f"postgres.urlOptions: there is an unknown placeholder; {postgres_rules.PLACEHOLDERS}")
    secure, let_go = all_of(outside, values.external.tls), Matches(options, postgres_rules.LETS_TLS_GO)
    asked = Matches(options, postgres_rules.ASKS_FOR_TLS)
    here = opposite(outside)
    for path, (wrong, allowed), *conditions in (
        ("urlOptions", postgres_rules.TLS_LET_GO, secure, let_go),
        ("topology", postgres_rules.NO_TLS_ASKED_FOR, secure, opposite(asked)),
        ("user", postgres_rules.TAKEN_ROLE, here, Matches(user, postgres_rules.TAKEN_ROLES)),
        ("database", postgres_rules.TEMPLATE, here, Matches(database, postgres_rules.TEMPLATES)),
    ):
        yield _guard(*conditions, message=f"postgres.{path}: {wrong}; {allowed}")


def _of_secrets(blueprint: Blueprint) -> Iterator[Guard]:
    secrets = blueprint.values.secrets
    message = "secrets.mode: it is external, but secrets.store.name is empty; name the store there"
    yield _guard(secrets.mode == "external", opposite(filled(secrets.store.name)), message=message)
    for name, operation in blueprint.data_services.items():
        named = operation.external.secret
        missed = [all_of(_is_made(blueprint, one), _lacks_key(blueprint, one, named)) for one in blueprint.secrets]
        message = f"{name}.external.secret.key: the platform makes that Secret itself, without this key; name another"
        yield _guard(blueprint.is_external(name), any_of(*missed), message=message)
    known = secret_names(blueprint.catalogue)
    if len(known) > 1:
        real = tuple(expression_of(blueprint.secret_name(name)) for name in known)
        message = "secrets.names: one name would stand for two Secrets; give each a name of its own"
        yield _guard(opposite(Distinct(real)), message=message)


def _is_made(blueprint: Blueprint, secret: SecretSource) -> Condition:
    """Whether a Job or External Secrets makes it."""
    mode = blueprint.values.secrets.mode
    return all_of(secret.condition, any_of(mode == "external", mode == "generate") if secret.generated else mode == "external")


def _lacks_key(blueprint: Blueprint, secret: SecretSource, named: ExternalSecretKey) -> Condition:
    """Whether this Secret is the one that is named, but has not the key that is."""
    is_it = Equals(expression_of(named.name), operand_of(blueprint.secret_name(secret.name)))
    return all_of(is_it, *(opposite(Equals(expression_of(named.key), operand_of(key))) for key in secret.keys))


def _guard(*conditions: Condition | bool, message: str) -> Guard:
    return Guard(all_of(*conditions), message)
