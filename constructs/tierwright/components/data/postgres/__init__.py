"""PostgreSQL, on the official image or on one with Patroni."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tierwright.components.data.postgres import wal
from tierwright.components.data.postgres.backup.names import WORKLOADS
from tierwright.components.data.postgres.cloudnative_pg import rules as cloudnative_pg
from tierwright.components.data.postgres.cloudnative_pg.cluster import OPERATED
from tierwright.components.data.postgres.endpoints import FURTHER, url, user
from tierwright.components.data.postgres.pooler import rules as pooler
from tierwright.components.data.postgres.pooler.names import POOLER, PROXY
from tierwright.components.data.postgres.replicated import rules as replicated
from tierwright.components.data.postgres.rules import PROGRAM_RULES, RULES
from tierwright.components.data.postgres.server import declare
from tierwright.components.data.postgres.tls.trust import authority_of, sslmode, sslrootcert
from tierwright.components.data.postgres.topology import REST_PORT
from tierwright.components.data.postgres.values import DatabasePool, Postgres, PostgresValues
from tierwright.kit.authority import tls_of_clusters
from tierwright.kit.data_service_kind import DataServiceKind
from tierwright.model.part import ForClusters

_NOTES = """\
{{- if and (ne VALUES.topology "external") (ne VALUES.topology "cloudnative-pg") VALUES.backup.enabled }}

TITLE: without a base backup nothing can be restored; make the first one now

  kubectl create job -n {{ .Values.namespace.name }} --from=cronjob/NAME-backup NAME-backup-first
{{- if VALUES.backup.restore.to }}

TITLE: while PATH.backup.restore.to is set there is no server; the restore says how it goes

  kubectl logs -n {{ .Values.namespace.name }} -l app.kubernetes.io/name=NAME-restore -f
{{- end }}
{{- end }}
{{- if and (ne VALUES.topology "external") VALUES.tls.enabled }}

TITLE: clients verify its certificate, which must be for the name NAME, for replicas NAME-replicas too
{{- if eq VALUES.topology "cloudnative-pg" }}, for the operator NAME-rw and NAME-r{{ end }}. It is for these names:

  kubectl get secret -n {{ .Values.namespace.name }} {{ VALUES.tls.secret }} -o jsonpath='{.data.tls\\.crt}' | base64 -d |
    openssl x509 -noout -ext subjectAltName -enddate
{{- end }}
{{- if and (ne VALUES.topology "external") (ne VALUES.topology "cloudnative-pg") }}

TITLE: the size and class of its volumes, and its major version, do not change with an upgrade; docs/postgres.md says how they do

  kubectl get pvc -n {{ .Values.namespace.name }} -l app.kubernetes.io/name=NAME
{{- end }}
{{- if eq VALUES.topology "single" }}

TITLE: on a volume filled by an earlier version, the services' role is a superuser until you run

  kubectl exec -n {{ .Values.namespace.name }} NAME-0 -- sh /etc/postgres/roles.sh
{{- end }}
"""


def _database(postgres: Postgres, _client: str) -> str:
    return postgres.values.database


_IN_PODS = {"pgbackrest": "pgBackRest", "barman-cloud": "Barman Cloud"}
"""The methods of backups that run in the server's pods, and whose work that is."""


def _for_clusters(values: PostgresValues) -> Iterator[ForClusters]:
    yield from tls_of_clusters(values)
    if values.login_per_service:
        words = "has one login for all services, and has one for each on a cluster"
        yield ForClusters(("loginPerService",), value=False, words=words)
    if values.backup.enabled and values.backup.method in _IN_PODS:
        words = f"is not backed up, and is by {_IN_PODS[values.backup.method]} on a cluster"
        yield ForClusters(("backup", "enabled"), value=False, words=words)


POSTGRES = DataServiceKind(
    name="postgres",
    title="PostgreSQL",
    password_variable="DB_PASSWORD",  # noqa: S106 - a variable's name
    login_switch="login_per_service",
    values=PostgresValues,
    other_ports=(REST_PORT,),
    operated=OPERATED,
    defaults=Path(__file__).with_name("defaults.yaml"),
    service_values={"database": DatabasePool},
    facts={"url": url, "user": user, "database": _database, "sslmode": sslmode, "sslrootcert": sslrootcert},
    apart=("sslrootcert",),
    further=FURTHER,
    authority=authority_of,
    for_clusters=_for_clusters,
    proxy=PROXY,
    secrets={"credentials": ("password",), "administrator": ("password",)},
    program_rules=(*PROGRAM_RULES, *replicated.PROGRAM_RULES, *cloudnative_pg.PROGRAM_RULES),
    further_workloads=(*WORKLOADS, POOLER),
    alone=(
        "connection pools of all services, or of the pooler, that are more together than `PATH.maxConnections` leaves",
        "connection pools of services that are more together than `PATH.pooler.maxClientConnections`",
        "`PATH.backup.maxSlotWalKeepSize` that is not less than `PATH.storage.size`",
        "schedules in `PATH.backup` that never come",
        wal.ALONE,
        *replicated.ALONE,
        *cloudnative_pg.ALONE,
    ),
    rules=(*RULES, *replicated.RULES, *pooler.RULES, *cloudnative_pg.RULES),
    declare=declare,
    notes=_NOTES,
)
