"""One microservice: everything that Kubernetes needs to run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tierwright.blueprint import Blueprint
from tierwright.components.workloads.deployment import declare_deployment, declare_scaling
from tierwright.components.workloads.files import declare_files
from tierwright.components.workloads.jobs.cron_job import declare_cron_job
from tierwright.components.workloads.jobs.once import declare_job
from tierwright.components.workloads.stateful_set import declare_stateful_set
from tierwright.expressions.conditions import Ternary, opposite
from tierwright.expressions.tokens import Text, filled
from tierwright.expressions.tree import splice, when
from tierwright.kit.concern import Concern
from tierwright.kit.exposure import exposure
from tierwright.kit.kinds import NETWORK_POLICY, SERVICE
from tierwright.kit.metadata import FURTHER, Manifest
from tierwright.kit.network_boundary import (
    boundary,
    from_each_client,
    from_edge,
    from_peers,
    from_scrapers,
    to_api_server,
    to_dns,
    to_external,
    to_peers,
    to_reached,
)
from tierwright.kit.network_values import edge_values
from tierwright.kit.ports import service_ports
from tierwright.kit.service_meta import ServiceMeta
from tierwright.model.own_names import further_ports_of
from tierwright.model.ports import MAIN
from tierwright.model.workloads import WorkloadKind, ends, workload_of


class Microservice(Concern):
    """ServiceAccount, workload, Service and NetworkPolicy; depending on the values, also autoscaler and disruption budget."""

    def __init__(self, file: str, id: str, *, blueprint: Blueprint) -> None:
        super().__init__(file, id, blueprint=blueprint, service=id, present=blueprint.presence(id), folder="services")
        self._name = id
        self._entry = blueprint.service(id)
        self._ports = self._entry.all_ports
        self._values = blueprint.values_of(id)
        self._meta = ServiceMeta(
            blueprint,
            id,
            values=self._values,
            component="gateway" if self._entry.public else "job" if ends(self._entry) else "service",
            version=blueprint.image_of(id).tag,
            wave=_wave(blueprint, id),
        )
        account = self._values.service_account
        self.declare_account(self._meta.shared("metadata.account", _of_account), condition=opposite(filled(account.name)))
        declare_files(self, self._meta)
        _WORKLOADS[workload_of(self._entry)](self, self._meta)
        if self._ports:
            self._declare_services()
        if not ends(self._entry):
            self.declare_listing(self._meta)
            declare_scaling(self, self._meta)
        self.declare("boundary", NETWORK_POLICY, self._boundary())

    def _declare_services(self) -> None:
        """The Service; where it is for clients outside, who reach the main port alone, another one has the further ports."""
        values, exposed = self._values.service, self.blueprint.is_exposed(self._name)
        main = [port for port in self._ports if port.key == MAIN]
        further = service_ports(self._entry.further_ports)
        spec = {
            **self._clients(),
            "selector": self._meta.selector,
            "ports": [
                *service_ports(main, node_ports=values.node_ports if self._entry.public else None),
                *(when(opposite(exposed), port) for port in further),
            ],
            FURTHER: splice(values.spec),
        }
        metadata = self._meta.shared("metadata.service", _of_service)
        self.declare("service", SERVICE, {"metadata": metadata, "spec": spec})
        if further:
            apart = self._meta.metadata(further_ports_of(self._name), labels=values.labels)
            inside = {"type": "ClusterIP", "selector": self._meta.selector, "ports": further}
            self.declare("further-ports", SERVICE, {"metadata": apart, "spec": inside}, condition=exposed)

    def _clients(self) -> Manifest:
        """The part of the Service's spec that is about its clients."""
        service = self._values.service
        if self._entry.public:
            return exposure(service.type, edge_values(self.blueprint).cidrs, traffic=service.external_traffic_policy)
        return {"type": service.type}

    def _boundary(self) -> Manifest:
        ingress = from_each_client(self.blueprint, self._name)
        if self._entry.public:
            ingress.append(from_edge(self.blueprint, self._entry.named_port(MAIN).target_port))
        if self._entry.metrics_port:
            ingress.append(from_scrapers(self.blueprint, self._entry.metrics_port))
        egress = [
            *to_reached(self.blueprint, self._name),
            *to_external(self.blueprint, self._entry.external),
            to_dns(self.blueprint),
            when(self._values.service_account.automount_token, to_api_server(self.blueprint)),
        ]
        if workload_of(self._entry) == "StatefulSet" and self._ports:
            ingress.append(from_peers(self._meta, self._ports))
            egress.append(to_peers(self._meta, self._ports))
        return boundary(self._meta, ingress=ingress, egress=egress)


def _of_account(meta: ServiceMeta) -> Manifest:
    """The metadata of the ServiceAccount."""
    return meta.extended(annotations=meta.values.service_account.annotations)


def _of_service(meta: ServiceMeta) -> Manifest:
    """The metadata of the Service."""
    return meta.extended(annotations=meta.values.service.annotations, labels=meta.values.service.labels)


_WORKLOADS: Mapping[WorkloadKind, Callable[[Concern, ServiceMeta], None]] = {
    "Deployment": declare_deployment,
    "StatefulSet": declare_stateful_set,
    "CronJob": declare_cron_job,
    "Job": declare_job,
}


def _wave(blueprint: Blueprint, name: str) -> str:
    """The Argo CD sync wave: the level in the graph of waits."""
    tiers, graph = (str(blueprint.graphs[order].levels[name]) for order in ("tiers", "graph"))
    return tiers if tiers == graph else Text(Ternary(blueprint.ordered, tiers, graph))
