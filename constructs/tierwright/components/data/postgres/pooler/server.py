"""The objects of the pooler."""

from __future__ import annotations

from tierwright.components.data.postgres import logins
from tierwright.components.data.postgres.pooler.names import POOLER
from tierwright.components.data.postgres.pooler.settings import CONFIG_FOLDER, PROBE_DATABASE, settings, start_script
from tierwright.components.data.postgres.tls.trust import authority_of
from tierwright.components.data.postgres.values import Postgres
from tierwright.expressions.fingerprints import Digest
from tierwright.expressions.tokens import Text
from tierwright.expressions.tree import Include, OmitEmpty, Tree, merged
from tierwright.kit.autoscaling import disruption_budget
from tierwright.kit.concern import Concern
from tierwright.kit.data_service import shell_probe, tcp_probe
from tierwright.kit.kinds import CONFIG_MAP, DEPLOYMENT, DISRUPTION_BUDGET, NETWORK_POLICY, SERVICE
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.network_boundary import boundary, from_clients_of_proxy, to_dns, to_server
from tierwright.kit.pods import (
    CONTAINER_SECURITY,
    REVISION_LABEL,
    SCRATCH_MOUNT,
    empty_dir,
    pod_security,
    pod_spec,
    resources,
    secret_variable,
    spread_constraints,
)
from tierwright.kit.startup_values import startup_values
from tierwright.model.own_names import config_of

_PAUSE = 5
"""Seconds in which a pod that ends still takes connections: nodes route to it for a while."""


def declare_pooler(file: str, postgres: Postgres) -> None:
    """Declare the Deployment with its Service, settings, budget and policy, in the file that the server is in."""
    blueprint, pooler = postgres.blueprint, postgres.values.pooler
    name = f"{postgres.name}-{POOLER}"
    concern = Concern(file, name, blueprint=blueprint, present=pooler.enabled)
    meta = ObjectMeta(blueprint, name, component="pooler", version=pooler.image.tag)
    concern.declare_account(meta.metadata())
    config = blueprint.call(f"{name}.config", lambda: settings(postgres))
    files: dict[str, Tree] = {"pgbouncer.ini": config, "start.sh": start_script()}
    concern.declare("config", CONFIG_MAP, {"metadata": meta.metadata(config_of(name)), "data": files})
    concern.declare("service", SERVICE, {"metadata": meta.metadata(), "spec": _service(postgres, meta)})
    concern.declare("deployment", DEPLOYMENT, {"metadata": meta.metadata(), "spec": _deployment(postgres, meta, config)})
    budget = {"metadata": meta.metadata(), "spec": disruption_budget(meta, 1)}
    concern.declare("disruption-budget", DISRUPTION_BUDGET, budget, condition=pooler.replicas > 1)
    ingress, egress = from_clients_of_proxy(blueprint, postgres.name), [to_server(blueprint, postgres.name), to_dns(blueprint)]
    concern.declare("boundary", NETWORK_POLICY, boundary(meta, ingress=ingress, egress=egress))


def _service(postgres: Postgres, meta: ObjectMeta) -> Manifest:
    port = {"name": f"tcp-{postgres.port}", "port": postgres.port, "targetPort": postgres.port, "protocol": "TCP"}
    return {"type": "ClusterIP", "selector": meta.selector, "ports": [port]}


def _deployment(postgres: Postgres, meta: ObjectMeta, config: Include) -> Manifest:
    values, pooler = postgres.values, postgres.values.pooler
    annotations = merged(values.pod_annotations, {"checksum/config": Text(Digest(config))})
    return {
        "replicas": pooler.replicas,
        "revisionHistoryLimit": 5,
        # A pod is ready once the server takes writes, which may be as late as for what waits for it.
        "progressDeadlineSeconds": startup_values(postgres.blueprint).progress_deadline_seconds,
        "selector": {"matchLabels": meta.selector},
        # None may leave before another one is there.
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "template": {
            "metadata": meta.pod_metadata(annotations=annotations),
            "spec": pod_spec(
                postgres.blueprint,
                service_account=meta.name,
                security=pod_security(pooler.security, owns_volumes=True),
                placement=pooler.placement,
                spread=OmitEmpty(spread_constraints(pooler.spread, meta, by_revision=REVISION_LABEL)),
                grace_seconds=pooler.termination_grace_seconds,
                containers=[_container(postgres, meta.name)],
                volumes=[
                    empty_dir("tmp", "1Mi", in_memory=True),  # the password is in it
                    {"name": "config", "configMap": {"name": config_of(meta.name)}},
                    *authority_of(postgres).volumes,
                    logins.volume(postgres),
                ],
            ),
        },
    }


def _container(postgres: Postgres, name: str) -> Manifest:
    blueprint, pooler, port = postgres.blueprint, postgres.values.pooler, postgres.port
    server, password = blueprint.server(postgres.name), postgres.password
    # Not by its pool: while that is busy, the pod is as well as it can be.
    asked = f"PGDATABASE={PROBE_DATABASE} psql -XAtq -c 'SELECT pg_is_in_recovery()'"
    return {
        "name": name,
        "image": blueprint.image(pooler.image),
        "imagePullPolicy": blueprint.values.images.pull_policy,
        "ports": [{"name": f"tcp-{port}", "containerPort": port, "protocol": "TCP"}],
        "command": ["sh", f"{CONFIG_FOLDER}/start.sh"],
        "env": [
            {"name": "SERVER_HOST", "value": server.host},
            {"name": "SERVER_PORT", "value": f"{server.port}"},
            {"name": "PROBE_DATABASE", "value": PROBE_DATABASE},
            # Of the script, and of the probe, which connects to the pooler beside it.
            {"name": "PGHOST", "value": "127.0.0.1"},
            {"name": "PGPORT", "value": f"{port}"},
            {"name": "PGDATABASE", "value": postgres.values.database},
            {"name": "PGUSER", "value": postgres.values.user},
            secret_variable("PGPASSWORD", secret=password.secret, key=password.key),
            {"name": "PGCONNECT_TIMEOUT", "value": "2"},
        ],
        "readinessProbe": shell_probe(f'[ "$({asked})" = f ]', period=3, failures=3, timeout=3),
        "livenessProbe": tcp_probe(port, period=10, failures=3),
        "lifecycle": {"preStop": {"sleep": {"seconds": _PAUSE}}},
        "resources": resources(blueprint, pooler.resources),
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [
            SCRATCH_MOUNT,
            {"name": "config", "mountPath": CONFIG_FOLDER, "readOnly": True},
            *authority_of(postgres).mounts,
            logins.mount(postgres, logins.POOLER),
        ],
    }
