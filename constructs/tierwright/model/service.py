"""An entry of the catalogue's `services`: a workload, what it runs and what it reaches."""

from functools import cached_property
from typing import Annotated, Literal

from msgspec import Meta

from tierwright.model.compose import ComposeService
from tierwright.model.composed import Entry
from tierwright.model.health import Health, ProbeHandler, Word, probe_handler
from tierwright.model.names import (
    MOUNT_PATH,
    SERVICE_NAME,
    TARGET,
    VARIABLE_NAME,
    VOLUME_OF_SERVICE,
)
from tierwright.model.ports import FurtherPort, PortName, PortNumber, ServicePort, further_port, main_port
from tierwright.model.public import PublicAddress, PublicEntry, public_address
from tierwright.model.reach import Reach, reaches
from tierwright.model.settings import ServiceSetting

Name = Annotated[str, Meta(pattern=SERVICE_NAME)]
Target = Annotated[str, Meta(pattern=TARGET)]
Variable = Annotated[str, Meta(pattern=VARIABLE_NAME)]
MountPath = Annotated[str, Meta(pattern=MOUNT_PATH)]
UserId = Annotated[int, Meta(ge=1, le=2_147_483_647)]
GroupId = Annotated[int, Meta(ge=0, le=2_147_483_647)]


class BorrowedImage(Entry, frozen=True, kw_only=True):
    """The image of another workload."""

    of: Name
    """The service or data service whose image it is, with repository, tag and digest."""


class FileSource(Entry, frozen=True, kw_only=True):
    """A file beside the catalogue, and how it is mounted."""

    source: Annotated[str, Meta(min_length=1)]
    """The file, by its path from the catalogue's folder."""
    raw: bool = False
    """The file is mounted as it is: what looks like a placeholder in it is none."""
    executable: bool = False
    """The file can be executed."""


class Service(Entry, frozen=True, kw_only=True, dict=True):
    """One microservice."""

    tier: Name
    """One of `tiers`."""
    port: PortNumber | None = None
    """Its main port, which others reach it at. Without one, nobody connects to it."""
    target_port: PortNumber | None = None
    """The port that the program listens on, where it is another than `port`."""
    protocol: Literal["http", "grpc", "tcp"] | None = None
    """What is spoken on the main port; http unless set. It decides how health is asked, unless `health` does."""
    ports: dict[PortName, PortNumber | FurtherPort] = {}
    """Further ports by name: the number of a TCP port, or a mapping. They belong to the same Service."""
    health: Word | Health | None = None
    """How the cluster learns whether it is well: none, http, grpc or tcp, or a mapping with the paths, the gRPC service, a
    command, another port. The values' `probes` say how often. Unless set, `protocol` decides; none without a port."""
    metrics: bool | PortName = False
    """The port whose metrics Prometheus scrapes: the name of one of `ports`, or true for the main port.
    `networkPolicy.metrics` of the values says who may."""
    description: str = ""
    """What it does, for the reader."""
    public: bool | PublicEntry = False
    """Whether the edge may connect to its main port: true, or a mapping that says at which of the public hosts, below which
    path, users see it. With true that is the main host."""
    optional: bool = False
    """Services that need it can do without it: where it is disabled, they start without it and without its URL."""
    needs: list[Target] = []
    """The services and data services that it cannot start without. Its gates wait for them, its policy lets it connect to
    them, and it gets their URLs. NAME:PORT is a further port of a service, which has no URL."""
    uses: list[Target] = []
    """The services and data services that it connects to without waiting for them: its policy lets it, and it gets their URLs.
    They may be of a later tier and use it in turn. Where one is disabled, its URL is left out."""
    url_variable: Variable | None = None
    """The variable that gives its URL to services that need it. NAME_SERVICE_URL unless set."""
    environment: dict[Variable, str] = {}
    """Its own variables: feature flags, rate limits, addresses. `${NAME.host}`, `.port`, `.url`, `.user`, `.database` and
    `.password` in them are facts of what it needs or uses, `${publicUrl}` is the URL that users see, and `$${` is `${`. The
    values' `services.NAME.env` overrides them."""
    settings: dict[Variable, ServiceSetting] = {}
    """Variables with types: feature flags, limits, timeouts. The values' `services.NAME.settings` may set them otherwise,
    within these types."""
    secrets: list[Name] = []
    """The secrets that it gets as variables; names of `secrets`."""
    external: list[Name] = []
    """The destinations outside the platform that it connects to; names of `external`."""
    image: BorrowedImage | None = None
    """The image of another workload; without it, the one of its own values."""
    command: list[str] = []
    """Replaces the image's entrypoint; empty: the image's own. The values' `command` replaces it in turn."""
    args: list[str] = []
    """Replaces the image's command; empty: the image's own. The values' `args` replace it in turn."""
    without: list[str] = []
    """What it does not have of `everyService`: services, secrets, destinations, variables."""
    files: dict[MountPath, str | FileSource] = {}
    """Files that its containers get, read-only: by the path there, the path of the file from the catalogue's folder.
    Placeholders in their text are replaced. A changed file restarts the pods."""
    prepare: list[Annotated[list[str], Meta(min_length=1)]] = []
    """Commands that each pod runs before its program, one after the other, as the program itself would. Every pod runs them,
    also several at once: they must do no harm when repeated, and lock what they change themselves."""
    writable: list[MountPath] = []
    """Folders that its program writes to, beside /tmp; the rest of its image is read-only. They are empty when a pod starts,
    and together with /tmp have the size `scratch` of the values."""
    tmp: bool | None = None
    """false: /tmp is that of its image, read-only as the rest, for an image that keeps files there. Unless set: as of the
    workload whose image it is; otherwise its program may write there, and it is empty when a pod starts."""
    schedule: str | None = None
    """It runs at these times and ends by itself: minute, hour, day of the month, month and day of the week, as in `0 3 * * *`,
    or `@daily`. The time zone, and how long a run may take, are in the values' `services.NAME.job`."""
    run: Literal["once"] | None = None
    """`once`: it runs once for each version of its pod, and ends by itself. Other services run for ever."""
    storage: dict[Name, MountPath] = {}
    """Volumes that its pods keep, by name, and the paths where they are mounted. Their sizes are in the values'
    `services.NAME.storage`."""
    volumes: dict[Annotated[str, Meta(pattern=VOLUME_OF_SERVICE)], MountPath] = {}
    """Volumes of other services, as SERVICE.STORAGE, and the paths where they are mounted too."""
    user: UserId | None = None
    """The numeric user that its image is made for, never root. It is the default of `services.NAME.security.user` in the
    values. Without it, that is the one of `defaults.security`."""
    group: GroupId | None = None
    """The numeric group that its image is made for, 0 where its files belong to root's group. It is the default of
    `services.NAME.security.group` in the values. Without it, that is the number of `user`, if there is one."""
    singleton: bool = False
    """It never has more than one pod: a rollout stops the old one before it starts the new one, and nothing scales it."""
    compose: ComposeService | None = None
    """What Docker Compose and Swarm need to know of it beside all this."""

    @cached_property
    def public_address(self) -> PublicAddress | None:
        """Where users see it; None where it is not public."""
        return public_address(self.public)

    @cached_property
    def main_port(self) -> ServicePort | None:
        """The main port, if it has one."""
        return None if self.port is None else main_port(self.port, self.target_port, self.protocol or "http")

    @cached_property
    def all_ports(self) -> tuple[ServicePort, ...]:
        """All ports, the main one first."""
        main = self.main_port
        return (*([main] if main else ()), *self.further_ports)

    @cached_property
    def further_ports(self) -> tuple[ServicePort, ...]:
        """Those beside the main one."""
        return tuple(further_port(name, entry) for name, entry in self.ports.items())

    def named_port(self, key: str) -> ServicePort:
        """The port of this key, MAIN for the main one. Raises KeyError where there is none."""
        return {port.key: port for port in self.all_ports}[key]

    @property
    def metrics_port(self) -> ServicePort | None:
        """The port whose metrics are scraped, if there is one."""
        if isinstance(self.metrics, str):
            return self.named_port(self.metrics)
        return self.main_port if self.metrics else None

    @cached_property
    def probe_handler(self) -> ProbeHandler:
        """How the kubelet learns whether its pods are well."""
        return probe_handler(self.health, self.all_ports)

    @cached_property
    def reaches(self) -> tuple[Reach, ...]:
        """What it reaches, its needs first, each in the catalogue's order."""
        return tuple(reaches(self.needs, self.uses))

    @cached_property
    def awaited(self) -> tuple[str, ...]:
        """The services and data services that it needs, each once."""
        return tuple(dict.fromkeys(reach.owner for reach in self.reaches if reach.waits))
