"""For all values: what `main.py` makes and what `helm template` makes are the same objects.

`CASTIEL_OVERLAYS=2000` draws so many overlays, other ones in each run; without it the same few hundred are drawn each time.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.snapshots import GUESTS
from tests.chart.drawing import drawn
from tests.chart.law import broken
from tests.chart.overlays import overlays, written
from tests.chart.platforms import Charted, bookshop, castiel, several, small, with_own_values, workloads
from tests.guests import charted_guest
from tests.rendering import CONFIG, ENVIRONMENTS

pytestmark = pytest.mark.helm


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_committed_environment(environment: str) -> None:
    overlay = [] if environment == "development" else [(CONFIG / "environments" / f"{environment}.yaml").read_text()]
    assert not broken(castiel(), overlay)


@drawn(0.5)
@given(st.data())
def test_a_small_platform_with_an_overlay(data: st.DataObject) -> None:
    _holds(data, small(), 1)


@drawn(0.2)
@given(st.data())
def test_a_small_platform_with_several_overlays(data: st.DataObject) -> None:
    _holds(data, small(), 3)


@drawn(0.1)
@given(st.data())
def test_a_platform_without_queue_and_cache(data: st.DataObject) -> None:
    _holds(data, bookshop(), 2)


@drawn(0.2)
@given(st.data())
def test_a_platform_with_values_of_its_own(data: st.DataObject) -> None:
    _holds(data, with_own_values(), 2)


@drawn(0.2)
@given(st.data())
def test_a_platform_with_several_data_services_of_a_kind(data: st.DataObject) -> None:
    _holds(data, several(), 2)


@pytest.mark.parametrize(
    "overlay",
    [
        "{}",
        "secrets: {mode: external, store: {name: vault}}\npostgres: {user: a}\ndataServices: {plugin-db: {database: b}}",
        "dataServices: {plugin-db: {topology: external, urlOptions: 'ssl=true', external: {host: db, cidrs: [10.1.0.0/24]}}}",
        "dataServices: {plugin-db: {topology: external, external: {host: db, tls: false, cidrs: [10.1.0.0/24]}}, jobs: ~}",
        "dataServices: {plugin-db: {topology: replicated}}",
        *(
            f"dataServices: {{plugin-db: {{topology: replicated, image: {{repository: p}}, {more}}}}}"
            for more in (
                "replication: {members: 5, strict: false, spread: {nodes: ScheduleAnyway}}, extensions: [vector]",
                "developerAccess: {enabled: true, cidrs: [10.1.0.0/24]}, podAnnotations: {a: b}",
                "config: {work_mem: 16MB, a.b: '\"$user\" # {{ x }} %v'}",
                "config: {synchronous_commit: local}",
                "replication: {members: 2, maxSlotWalKeepSize: 1Ti}",
                "storage: {persistent: false}",
                "config: {wal_level: Minimal}",
                "config: {max_wal_senders: '2', max_replication_slots: '4'}",
                "config: {max_worker_processes: '01', password_encryption: scram-sha-256}",
                "maxConnections: 24, reservedConnections: 3",
                "replication: {walKeepSize: 9Mi}",
            )
        ),
        "dataServices: {plugin-db: {topology: replicated, image: {repository: docker.io/library/postgres}}}",
        *(
            f"dataServices: {{plugin-db: {{topology: cloudnative-pg, {more}}}}}"
            for more in (
                "replication: {members: 5, strict: false, spread: {nodes: ScheduleAnyway}}, extensions: [vector]",
                "developerAccess: {enabled: true, cidrs: [10.1.0.0/24]}, podAnnotations: {a: b}",
                'config: {work_mem: 16MB, a.b: \'"$user" # {{ x }} %v\'}, initSql: "SELECT \'{{ x }}\' AS :\\"user\\";\\n"',
                "cloudnativePg: {image: {repository: own/pg, tag: '17'}, security: {user: 70, group: ~}, operator: {namespace: a}}",
                "sharedBuffersPercent: 13, resources: {limits: {memory: 1.5Gi}}",
                "resources: {limits: {memory: '2500000k'}, requests: {memory: 1Gi}}",
                "placement: {affinity: {nodeAffinity: {}, podAffinity: {a: []}}, nodeSelector: {a: b}, priorityClass: high}",
                "storage: {storageClass: fast}, terminationGraceSeconds: 5",
                "tls: {enabled: true, secret: cert}",
                "tls: {enabled: true, secret: cert, required: false, minVersion: TLSv1.3}",
                "config: {ssl: 'off'}",
                "config: {synchronous_commit: local}",
                "replication: {members: 2}",
                "storage: {persistent: false}",
                "backup: {enabled: true}",
                "backup: {enabled: true, method: barman-cloud}",
                "backup: {enabled: true, method: barman-cloud, repository: {s3: {bucket: own}}, restore: {to: latest}}",
                *(
                    "pooler: {enabled: true}, backup: {enabled: true, method: barman-cloud, restoreTest: {enabled: false}, "
                    f"repository: {{s3: {{bucket: own, host: a.example, secret: {{name: a}}, {further}}}}}}}"
                    for further in ("cidrs: [10.9.0.0/16]", "ca: {name: own}", "port: 8333, region: a-1")
                ),
                "initSql: '\\gexec'",
                "user: a b",
                "user: streaming_replica",
                "database: postgres",
                "cloudnativePg: {image: {tag: latest}}",
                "terminationGraceSeconds: 0",
            )
        ),
        "dataServices: {plugin-db: {topology: cloudnative-pg}}\nsecrets: {mode: external, store: {name: vault}}",
        "dataServices: {plugin-db: {topology: cloudnative-pg}}\nimages: {pullSecrets: [a], pullPolicy: Always}",
        "dataServices: {plugin-db: {topology: cloudnative-pg}}\ncommonLabels: {team: a}\nstartup: {order: tiers}",
        *(
            f"dataServices: {{jobs: {{topology: cluster, {more}}}}}"
            for more in (
                "vhost: jobs",
                "cluster: {members: 7, spread: {nodes: ScheduleAnyway}}, config: {heartbeat: '30', net_ticktime: '10'}",
                "cluster: {members: 5}, developerAccess: {enabled: true, cidrs: [10.1.0.0/24]}, podAnnotations: {a: b}",
                "cluster: {members: 4}",
                "cluster: {members: 2}",
                "storage: {persistent: false}",
                "terminationGraceSeconds: 60",
                "config: {cluster_partition_handling: ignore}",
            )
        ),
        *(
            f"dataServices: {{jobs: {{topology: operator, {more}}}}}"
            for more in (
                "vhost: jobs",
                "cluster: {members: 7, spread: {nodes: ScheduleAnyway}}, config: {heartbeat: '30', net_ticktime: '10'}",
                "cluster: {members: 5}, developerAccess: {enabled: true, cidrs: [10.1.0.0/24]}, podAnnotations: {a: b}",
                "users: {ops: {secret: own, tag: monitoring}}, definitions: {vhosts: [{name: 'a\"{{ x }}'}]}",
                "tls: {enabled: true, secret: own}, metrics: {namespaces: [monitoring]}",
                "resources: {limits: {memory: 1.5Gi}}, storage: {storageClass: fast}, security: {user: 100, group: ~}",
                "placement: {affinity: {a: {}}, nodeSelector: {a: b}, tolerations: [{key: a}], priorityClass: high}",
                "cluster: {members: 4}",
                "cluster: {members: 2}",
                "storage: {persistent: false}",
                "terminationGraceSeconds: 60",
                "upgradeInPlace: true",
                "image: {tag: 3-management}",
                "backup: {enabled: true, repository: {claim: own}}",
                "config: {cluster_partition_handling: ignore}",
                "config: {total_memory_available_override_value: '1'}",
            )
        ),
        "dataServices: {jobs: {topology: operator}}\nsecrets: {mode: external, store: {name: vault}}",
        "dataServices: {jobs: {topology: operator}}\nimages: {pullSecrets: [a], pullPolicy: Always}",
        "dataServices: {jobs: {topology: operator}}\ncommonLabels: {team: a}\nstartup: {order: tiers}",
        "dataServices: {cache: {topology: external, external: {cidrs: [10.1.0.0/24]}}}",
        "dataServices: {jobs: {developerAccess: {enabled: true, cidrs: ['0.0.0.0/0']}}}",
        "dataServices: {plugin-db: {urlOptions: 'a=${poolsize}'}}",
        "dataServices: {plugin-db: {urlOptions: 'a=$(DB_PASSWORD)'}}",
        "dataServices: {plugin-db: {user: pg_a}}",
        "dataServices: {plugin-db: {maxConnections: 20}}",
        "dataServices: {other: {user: a}}",
        "dataServices: {postgres: {user: a}}",
        "dataServices: ~",
        "dataServices: {cache: ~}",
        "redis: {scratch: 1Gi}",
        "plugin-db: {user: a}",
        "secrets: {names: {plugin-db-credentials: a, jobs-credentials: a}}",
        "dataServices: {plugin-db: {config: {work_mem: 16MB, a.b: '\"$user\" # {{ x }} %v'}, security: {user: 70, group: 70}}}",
        "dataServices: {plugin-db: {config: {PORT: '1'}}}",
        "dataServices: {plugin-db: {extensions: [pg_trgm, vector], initSql: \"SELECT '{{ x }}';\\n\\n-- \\t%v\\n\"}}",
        "dataServices: {plugin-db: {extensions: [vector], podAnnotations: {a: b}, config: {b: ''}}}",
        "dataServices: {plugin-db: {initSql: 'SELECT 1'}}",
        "dataServices: {jobs: {vhost: 'a b/c', config: {heartbeat: '30', b.c: x}}}",
        "dataServices: {jobs: {config: {listeners.tcp.default: '1'}}}",
        "dataServices: {cache: {config: {maxclients: '5', save: '\"\"'}, podAnnotations: {a: b}}}",
        "dataServices: {cache: {config: {maxmemory: 1gb}}}",
        "dataServices: {cache: {auth: false}}",
        *(f"dataServices: {{cache: {{topology: {values}}}}}" for values in ("sentinel", "cluster", "cluster, auth: false")),
        "dataServices: {cache: {topology: cluster, config: {cluster-port: '1', appendonly: 'no'}}}",
        "dataServices: {cache: {topology: cluster, storage: {persistent: false}, terminationGraceSeconds: 20}}",
        "dataServices: {cache: {auth: false}}\nsecrets: {mode: external, store: {name: vault}}",
        "dataServices: {cache: {auth: false}}\nservices: {web: {env: {A: $(CACHE_PASSWORD)}}}",
        "dataServices: {cache: {auth: false, topology: external, external: {host: a, cidrs: [10.1.0.0/24]}}}",
        *(
            f"dataServices: {{{name}: {{topology: external, external: {{host: a, cidrs: [10.1.0.0/24], secret: {secret}}}}}}}{more}"
            for name, secret, more in (
                ("jobs", "{urlKey: uri}", ""),
                ("jobs", "{name: own, urlKey: uri}", "\nsecrets: {mode: external, store: {name: vault}}"),
                ("jobs", "{urlKey: uri}", "\nsecrets: {mode: external, store: {name: vault}}"),
                ("jobs", "{name: postgres-credentials, urlKey: uri}", ""),
                ("jobs", "{name: postgres-credentials, urlKey: password}", ""),
                ("jobs", "{urlKey: uri}", "\nservices: {web: {env: {A: $(JOBS_PASSWORD)}}}"),
                ("plugin-db", "{urlKey: uri}", ""),
                ("plugin-db", "{urlKey: uri}", "\nservices: {web: {env: {WHO: me}}}"),
                ("plugin-db", "{urlKey: uri}", "\nservices: {web: {enabled: false}}"),
                ("cache", "{urlKey: uri}", "\nservices: {web: {env: {PASS: ''}}}"),
            )
        ),
        "extraObjects: [{apiVersion: v1, kind: Service, metadata: {name: plugin-db}, spec: {ports: [{port: 1}]}}]",
        (
            "extraObjects: [{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: a}, "
            "spec: {scaleTargetRef: {kind: StatefulSet, name: plugin-db}}}]"
        ),
    ],
)
def test_what_is_laid_over_several_data_services_of_a_kind(overlay: str) -> None:
    assert not broken(several(), [overlay])


@pytest.mark.parametrize(
    "values",
    [
        "topology: sentinel",
        "topology: sentinel, auth: false",
        "topology: sentinel, replication: {spread: {nodes: ScheduleAnyway}}, sentinel: {resources: {limits: {memory: 32Mi}}}",
        "topology: sentinel, config: {maxclients: '5'}, podAnnotations: {a: b}",
        "topology: sentinel, storage: {persistent: false}",
        "topology: sentinel, terminationGraceSeconds: 20",
        "topology: sentinel, config: {min-replicas-to-write: '0'}",
        "topology: cluster",
        "topology: external, external: {host: a, cidrs: [10.1.0.0/24]}",
    ],
)
def test_a_redis_whose_clients_speak_to_sentinels(values: str) -> None:
    assert not broken(small(), [f"redis: {{{values}}}"])


@drawn(0.2)
@given(st.data())
def test_a_platform_with_every_kind_of_workload(data: st.DataObject) -> None:
    _holds(data, workloads(), 2)


@pytest.mark.parametrize(
    "overlay",
    [
        "",
        "defaults: {env: {SHOP: ~, NODE_ENV: test}}",
        "services: {web: {replicas: ~, env: ~}}",
        "services: {web: {env: {WEB: ~, SHOP: closed}}}",
        "defaults: {resources: {limits: ~}}\ncommonLabels: ~",
        "defaults: {resources: {limits: {memory: 1Gi}}}\npostgres: {resources: {limits: {cpu: ~}}}",
        "networkPolicy: {externalCidrs: {apis: ~}}",
    ],
)
def test_what_is_laid_over_values_of_its_own(overlay: str) -> None:
    assert not broken(with_own_values(), [overlay])
    assert not broken(with_own_values(), [overlay, "defaults: {env: {SHOP: late}}\nservices: {web: {replicas: 1}}"])


GUESTS_OVERLAYS = {
    "defaults": "",
    "graph": "startup: {order: graph}\ncommonLabels: {team: guests}",
    "scaled": "defaults: {replicas: 2, probes: {readiness: {periodSeconds: 5}}}\nnetworkPolicy: {edge: {namespaces: [ingress]}}",
    "outside": "secrets: {mode: external, store: {name: vault}}\nnamespace: {name: other}\npublic: {host: a.example, tls: true}",
}


@pytest.mark.parametrize("overlay", GUESTS_OVERLAYS)
@pytest.mark.parametrize("name", GUESTS)
def test_a_guest(name: str, overlay: str) -> None:
    assert not broken(charted_guest(name), [GUESTS_OVERLAYS[overlay]])


@drawn(0.05)
@given(st.data())
def test_guests_with_overlays(data: st.DataObject) -> None:
    _holds(data, charted_guest(data.draw(st.sampled_from(GUESTS))), 2)


@drawn(0.2)
@given(st.data())
def test_castiel_itself(data: st.DataObject) -> None:
    _holds(data, castiel(), 2)


def _holds(data: st.DataObject, charted: Charted, most: int) -> None:
    chosen = data.draw(st.lists(overlays(charted).map(written), min_size=1, max_size=most))
    assert not broken(charted, chosen), chosen
