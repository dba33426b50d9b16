"""The node as a context manager."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from tests.cluster import addons, images, machine, tools
from tests.cluster.api import Api, Object
from tests.cluster.connecting import Answer, ask, attempts
from tests.cluster.container_runtime import PAUSE_IMAGE, import_image, socket_of, start_container_runtime, tag_image
from tests.cluster.control_plane import start_control_plane
from tests.cluster.identity import Identity, make_identity
from tests.cluster.kubelet import start_kubelet, wait_for_node
from tests.cluster.network import Namespace, make_networks
from tests.cluster.outside import outside_servers
from tests.cluster.ownership import Ownership
from tests.cluster.paths import run_folder, shim_folder
from tests.cluster.policy.enforcer import Enforcer
from tests.cluster.programs import Programs
from tests.cluster.remains import clear, make_folder, take
from tests.cluster.signals import uninterrupted
from tests.cluster.storage import Provisioner
from tests.cluster.waiting import wait_for
from tests.cluster.wrappers import write_wrappers


class Node:
    """A Kubernetes node of one machine: ``with Node() as node: node.kubectl("get", "pods", "--all-namespaces")``.

    Everything lives in a network namespace of its own and ends with the block: after an exception, Ctrl-C and SIGTERM
    too. What a killed run left is cleaned up by the next node of the same name. Entering takes some seconds once the
    tools are built; it raises RuntimeError when a node of that name is in use or the machine lacks something, and
    TimeoutError with the log of what did not start.
    """

    def __init__(
        self,
        name: str = "castiel-test",
        *,
        progress: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True),
    ) -> None:
        self.name = name
        self.folder = run_folder(name)
        self.namespace = Namespace(name)
        self.outside = Namespace(f"{name}-outside")
        self.programs = Programs(namespace=self.namespace, logs=self.folder / "logs")
        self._enforcer: Enforcer | None = None
        self._progress = progress
        self._ownership = Ownership("a node", self.folder)
        self._api: Api | None = None
        self._identity: Identity | None = None
        self._socket: Path | None = None
        self._provisioner: Provisioner | None = None
        self._imported: set[str] = set()
        self._tagged: dict[str, str] = {}

    @property
    def api(self) -> Api:
        """The API server, as an administrator."""
        if self._api is None:
            raise RuntimeError("the node is not up")
        return self._api

    @property
    def enforcer(self) -> Enforcer:
        """What enforces the policies."""
        if self._enforcer is None:
            raise RuntimeError("the node is not up")
        return self._enforcer

    @property
    def kubeconfig(self) -> Path:
        """An administrator's kubeconfig; its server answers inside the node's namespace only."""
        if self._identity is None:
            raise RuntimeError("the node is not up")
        return self._identity.kubeconfig("admin")

    def __enter__(self) -> Node:
        if lacks := machine.missing():
            raise RuntimeError("; ".join(lacks))
        machine.install_packages(self._progress)
        tools.build(self._progress)
        self._ownership.take()
        try:
            clear(name=self.name, folder=self.folder, namespaces=[self.namespace, self.outside])
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, traceback: TracebackType | None) -> None:
        self._end()

    @staticmethod
    def owner(name: str) -> int | None:
        """The process that has a node of this name up; None when there is none."""
        taken = take(run_folder(name))
        if isinstance(taken, int):
            return taken
        taken.close()
        return None

    def _start(self) -> None:
        make_folder(self.folder)
        self.programs.logs.mkdir()
        make_networks(self.namespace, self.outside)
        self._identity = make_identity(self.folder / "keys", self.name)
        self._socket = start_container_runtime(self.programs, self.folder, shim_folder(self.name))
        with ThreadPoolExecutor(1) as pool:
            importing = pool.submit(self.provide_images, [PAUSE_IMAGE, addons.COREDNS_IMAGE])
            self._api = start_control_plane(self.programs, self._identity, self.folder)
            start_kubelet(self.programs, self._identity, folder=self.folder, socket=self._socket, name=self.name)
        self._provisioner = Provisioner(self._api, node=self.name, folder=self.folder / "volumes")
        self._provisioner.start()
        self._enforcer = Enforcer(self._api, self.namespace)
        self._enforcer.start()
        # Before any pod: the kubelet would look for an image that is not there yet in the network, for a minute.
        importing.result()
        self.apply([addons.storage_class(), *addons.coredns()])
        wait_for_node(self._api, self.programs, self.name)
        self.wait_for_pods("kube-system", timeout=60)
        write_wrappers(self.folder / "bin", self.namespace, self.kubeconfig)

    def _end(self) -> None:
        try:
            with uninterrupted():
                for worker in (self._provisioner, self._enforcer):
                    if worker is not None:
                        worker.stop()
                self.programs.kill()
                clear(name=self.name, folder=self.folder, namespaces=[self.namespace, self.outside])
        finally:
            self._ownership.give_back()
            self._api = self._identity = self._enforcer = None

    def kubectl(self, *arguments: str | Path, stdin: str | None = None, timeout: float = 120) -> str:
        """Run kubectl as an administrator and return its output. Raises RuntimeError with its words."""
        return self.run("kubectl", *arguments, stdin=stdin, timeout=timeout)

    def run(self, name: str, *arguments: str | Path, stdin: str | None = None, timeout: float = 300) -> str:
        """Run one of the tools (``helm``, ``helm4``, ``cyclonus``, ``kubectl``) as an administrator of this node."""
        program = tools.tool(name)
        environment = f"KUBECONFIG={self.kubeconfig}"
        return self.namespace.run("env", environment, program, *arguments, stdin=stdin, timeout=timeout)

    def apply(self, objects: Iterable[Object], *, namespace: str | None = None) -> None:
        """``kubectl apply`` these objects; client-side, as users do. Raises RuntimeError."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        where = ["--namespace", namespace] if namespace else []
        self.kubectl("apply", *where, "--filename", "-", stdin=json.dumps(listed))

    @contextlib.contextmanager
    def fresh_namespace(self, name: str) -> Iterator[str]:
        """A namespace that enforces the restricted Pod Security Standard; removed after the block."""
        labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}
        self.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}])
        try:
            yield name
        finally:
            self.kubectl("delete", "namespace", name, "--wait=false")

    def provide_images(self, names: Iterable[str], *, environment: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Import what stands in for these images, under exactly these names.

        ``environment`` adds variables to single images: ``{"castiel/embeddings:1.0": {"HOLD": "1"}}``. Raises
        ValueError for a name that nothing stands in for.
        """
        if self._socket is None:
            raise RuntimeError("the node is not up")
        for name in sorted(set(names)):
            archive, inner = images.archive_of(name, (environment or {}).get(name))
            if inner not in self._imported:
                import_image(self.programs, self._socket, archive)
                self._imported.add(inner)
            if self._tagged.get(name) != inner:
                tag_image(self.programs, self._socket, inner, images.full_name(name))
                self._tagged[name] = inner

    def add_metrics_server(self, *, timeout: float = 120) -> None:
        """Install metrics-server and wait until it has figures of this node."""
        self.provide_images([addons.METRICS_IMAGE])
        self.apply(addons.metrics_server())
        path = f"/apis/metrics.k8s.io/v1beta1/nodes/{self.name}"
        wait_for("metrics of the node", lambda: self.api.request("GET", path), timeout=timeout, interval=0.5)

    def pods(self, namespace: str, *, selector: str = "") -> list[Object]:
        """The pods of a namespace, by a label selector such as ``app=web``."""
        return self.api.items(f"/api/v1/namespaces/{namespace}/pods?labelSelector={selector}")

    def wait_for_pods(self, namespace: str, *, timeout: float = 120, selector: str = "") -> list[Object]:
        """Wait until there are pods and each is Ready, or has succeeded; they are returned. Raises TimeoutError."""

        def settled() -> list[Object] | None:
            self.programs.check()
            found = self.pods(namespace, selector=selector)
            return found if found and all(map(_is_settled, found)) else None

        return wait_for(
            f"the pods of {namespace}",
            settled,
            timeout=timeout,
            interval=0.2,
            explain=lambda: self.explain(namespace),
        )

    def explain(self, namespace: str) -> str:
        """What a reader of a failure wants to see first: the pods, the warnings, the logs of what is not Ready."""
        where = ("--namespace", namespace)
        words = [self.kubectl("get", "pods", *where, "--output", "wide")]
        words.append(self.kubectl("get", "events", *where, "--field-selector", "type=Warning"))
        for pod in self.pods(namespace):
            if not _is_settled(pod):
                name = pod["metadata"]["name"]
                with contextlib.suppress(RuntimeError):
                    words.append(self.kubectl("logs", *where, name, "--all-containers", "--prefix", "--tail=15"))
        return "\n".join(words)

    def exec(self, namespace: str, pod: str, *command: str, container: str = "", timeout: float = 60) -> str:
        """Run a command in a container. Raises RuntimeError with its output when it fails."""
        which = ["--container", container] if container else []
        return self.kubectl("exec", "--namespace", namespace, pod, *which, "--", *command, timeout=timeout)

    def ask(self, pod: Object, method: str, path: str, *, timeout: float = 30) -> Answer:
        """A request to a stand-in's pod from the node; no policy keeps it out. Raises OSError."""
        return ask(self.namespace, pod, method, path, timeout=timeout)

    def attempts(self, pod: Object, targets: Sequence[str], *, timeout: float = 1) -> dict[str, bool]:
        """Which targets (``HOST:PORT``, ``udp://…``, ``dns://NAME``, ``dns+tcp://NAME``) a stand-in's pod reaches."""
        return attempts(self.namespace, pod, targets, timeout=timeout)

    def restart_kubelet(self) -> None:
        """End the kubelet and start it again, while the pods go on."""
        self.programs.restart("kubelet")
        wait_for_node(self.api, self.programs, self.name)

    def outside_servers(
        self, tcp: Iterable[int] = (80, 443), udp: Iterable[int] = (53,)
    ) -> AbstractContextManager[tuple[str, str]]:
        """Servers beyond the node's only way out; gives a public and a private address at which they answer."""
        return outside_servers(self.outside, self.folder / "logs", tcp=tuple(tcp), udp=tuple(udp))

    def clean_up(self) -> None:
        """End what a killed run of this name left. Raises RuntimeError when the node is in use."""
        self._ownership.take()
        self._end()


def import_into(name: str, names: Iterable[str]) -> None:
    """Import what stands in for these images into a node that another process keeps. Raises ValueError and RuntimeError."""
    node = Node(name)
    for image in sorted(set(names)):
        archive, inner = images.archive_of(image)
        import_image(node.programs, socket_of(node.folder), archive)
        tag_image(node.programs, socket_of(node.folder), inner, images.full_name(image))


def _is_settled(pod: Object) -> bool:
    status = pod["status"]
    if status.get("phase") == "Succeeded":
        return True
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in status.get("conditions", []))
    return ready and "deletionTimestamp" not in pod["metadata"]
