"""Castiel applied on the node as its users apply it, and what is recorded of its start."""

from __future__ import annotations

import json
import secrets
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cluster.api import ApiError, Object
from tests.cluster.images import image_names
from tests.cluster.listening import listening
from tests.cluster.node import Node
from tests.cluster.tools import tool
from tests.cluster.waiting import wait_for
from tests.rendering import ROOT, Rendered
from tierwright.timeline import Start, draw_text, read_start

DIST = ROOT / "dist"
_SMALL = {"requests": {"cpu": "5m", "memory": "32Mi", "ephemeral-storage": "1Mi"}, "limits": {"memory": "512Mi"}}
_SMALL_SERVERS = {name: {"resources": {**_SMALL, "limits": {"memory": "1Gi"}}} for name in ("postgres", "rabbitmq", "redis")}
BESIDE_CASTIEL: dict[str, Any] = {**_SMALL_SERVERS, "defaults": {"resources": _SMALL}}
"""Values that let a second platform be scheduled on a node of two processors, of which Castiel has reserved most."""


@dataclass(frozen=True)
class Applied:
    """What one `kubectl apply` printed, and the seconds that it took."""

    output: str
    warnings: str
    seconds: float


@dataclass
class Castiel:
    """A platform on the node. `rendered` holds its objects; `rendered.platform.graph` who waits for whom.

    `applied` and `pods` are filled by `start`: what kubectl said, and every pod as the API gave it once all were Ready,
    that of the finished Job too. `seconds` is the time from the end of the apply until then.
    """

    node: Node
    rendered: Rendered
    folder: Path
    applied: Applied | None = None
    pods: list[Object] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def namespace(self) -> str:
        """The namespace that it is applied to."""
        return self.rendered.platform.namespace

    @property
    def images(self) -> dict[str, str]:
        """The image of each workload's main container, by the workload's name."""
        found = {}
        for owner, template in self.rendered.pods():
            found[owner.split("/", 1)[1]] = str(template["spec"]["containers"][0]["image"])
        return found

    @property
    def timeline(self) -> Start:
        """The recorded start, phase by phase."""
        return read_start({"items": self.pods})

    def provide_images(self, environment: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Import what stands in for its images; `environment` adds variables to the images of workloads, by their names.

        For instance `{"embeddings": {"HOLD": "1"}}`. It acts on containers that start later.
        """
        variables = listening(self.rendered)
        for name, added in (environment or {}).items():
            variables[self.images[name]] = {**variables.get(self.images[name], {}), **added}
        self.node.provide_images(image_names(self.folder), environment=variables)

    def apply(self, *options: str) -> Applied:
        """`kubectl apply -f FOLDER`, with further options. Raises RuntimeError with kubectl's words."""
        return apply_folder(self.node, self.folder, *options)

    def start(self, *, timeout: float = 240) -> None:
        """Apply it once, wait until every pod is Ready, and record the pods. Raises RuntimeError and TimeoutError."""
        self.applied = self.apply()
        began = time.monotonic()
        self.wait_until_ready(timeout=timeout)
        self.seconds = time.monotonic() - began
        self.pods = self.node.pods(self.namespace)

    def run_cron_job(self, name: str, *, timeout: float = 180) -> tuple[bool, str]:
        """Run a Job of a CronJob now, as people do: whether it succeeded, and the log of all its containers."""
        job, where = f"{name}-{secrets.token_hex(3)}", ("--namespace", self.namespace)
        self.node.kubectl("create", "job", f"--from=cronjob/{name}", job, *where)

        def ended() -> list[str]:
            made = self.node.api.request("GET", f"/apis/batch/v1/namespaces/{self.namespace}/jobs/{job}")
            return [one["type"] for one in made.get("status", {}).get("conditions", []) if one["type"] in ("Complete", "Failed")]

        (how,) = wait_for(f"the Job {job}", ended, timeout=timeout, explain=lambda: self.node.explain(self.namespace))
        return how == "Complete", self.node.kubectl("logs", f"job/{job}", "--all-containers", *where)

    def set_password(self, secret: str, password: str) -> None:
        """Give a Secret of a data service another password; nothing restarts for it."""
        patch = json.dumps({"stringData": {"password": password}})
        self.node.kubectl("patch", "secret", secret, "--namespace", self.namespace, "--patch", patch)

    def wait_until_ready(self, *, timeout: float = 240) -> None:
        """Wait until every replica of every workload is Ready and nothing is on its way out. Raises TimeoutError."""
        wait_for(
            f"all of {self.namespace} to be Ready",
            lambda: not self.missing(),
            timeout=timeout,
            interval=0.5,
            explain=lambda: f"{self.missing()}\n{self.node.explain(self.namespace)}\n{self.drawn()}",
        )

    def missing(self) -> list[str]:
        """What is not there yet, in words: workloads with too few Ready pods, pods that are going, unfinished Jobs."""
        self.node.programs.check()
        pods = self.node.pods(self.namespace)
        ready: dict[str, int] = {}
        words = [f"{pod['metadata']['name']} is going" for pod in pods if "deletionTimestamp" in pod["metadata"]]
        for pod in pods:
            ready[workload_of(pod)] = ready.get(workload_of(pod), 0) + is_ready(pod)
        for (kind, name), one in self.rendered.objects.items():
            if kind in ("Deployment", "StatefulSet"):
                wanted = self._replicas(kind, name, one)
                if ready.get(name, 0) != wanted:
                    words.append(f"{name}: {ready.get(name, 0)} of {wanted} pods are Ready")
            elif kind == "Job" and not self._has_finished(name):
                words.append(f"the Job {name} has not finished")
        return words

    def _replicas(self, kind: str, name: str, one: Object) -> int:
        """How many pods there should be: as many as its autoscaler asks at least, or as the manifest says."""
        if self.rendered.has("HorizontalPodAutoscaler", name):
            path = f"/apis/apps/v1/namespaces/{self.namespace}/{kind.lower()}s/{name}"
            least: int = self.rendered.get("HorizontalPodAutoscaler", name)["spec"]["minReplicas"]
            return max(least, int(self.node.api.request("GET", path)["spec"]["replicas"]))
        return int(one["spec"].get("replicas", 1))

    def _has_finished(self, job: str) -> bool:
        """Whether a Job is complete. One that has been removed is: the cluster removes it some minutes after its end."""
        jobs = self.node.api.items(f"/apis/batch/v1/namespaces/{self.namespace}/jobs")
        conditions = [one["status"].get("conditions", []) for one in jobs if one["metadata"]["name"] == job]
        return all(any(one["type"] == "Complete" and one["status"] == "True" for one in found) for found in conditions)

    def pod(self, workload: str) -> Object:
        """The one pod of a workload that stays, as it is now. Raises LookupError."""
        found = [pod for pod in self.pods_of(workload) if "deletionTimestamp" not in pod["metadata"]]
        if len(found) != 1:
            raise LookupError(f"{workload} has {len(found)} pods: {[pod['metadata']['name'] for pod in found]}")
        return found[0]

    def pods_of(self, workload: str) -> list[Object]:
        """The pods of a workload, as they are now."""
        return self.node.pods(self.namespace, selector=f"app.kubernetes.io/name={workload}")

    def gate_logs(self, pod: Object) -> str:
        """What the gates of a pod have said, as `kubectl logs -c wait-for-...` shows it; of those that have begun."""
        begun = [one["name"] for one in pod["status"].get("initContainerStatuses", []) if "waiting" not in one["state"]]
        gates = [gate for gate in begun if gate.startswith("wait-for-")]
        return "".join(
            self.node.kubectl("logs", "--namespace", self.namespace, pod["metadata"]["name"], "-c", gate) for gate in gates
        )

    def drawn(self) -> str:
        """The start so far, drawn, and the last words of what has restarted."""
        pods = self.node.pods(self.namespace)
        try:
            return "\n".join([draw_text(read_start({"items": pods})), *map(self._last_words, restarts_of(pods))])
        except ValueError as problem:
            return str(problem)

    def _last_words(self, restarted: str) -> str:
        pod, container = restarted.split("/")
        try:
            where = ("--namespace", self.namespace, pod, "--container", container)
            return f"{restarted}: {self.node.kubectl('logs', *where, '--previous', '--tail=3')}"
        except RuntimeError as problem:  # it is gone, or its log is
            return f"{restarted}: {problem}"

    def remove(self, *, wait: bool = True, timeout: float = 120) -> None:
        """Delete its namespace, and perhaps wait until it is gone."""
        self.node.kubectl("delete", "namespace", self.namespace, "--ignore-not-found", "--wait=false")
        if not wait:
            return

        def gone() -> bool:
            try:
                self.node.api.request("GET", f"/api/v1/namespaces/{self.namespace}")
            except ApiError as refusal:
                return refusal.status == 404
            return False

        wait_for(f"{self.namespace} to be gone", gone, timeout=timeout, explain=lambda: self.node.explain(self.namespace))


def castiel_of(node: Node, rendered: Rendered, folder: Path) -> Castiel:
    """A rendered platform, its files written to a folder for `kubectl apply -f`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in rendered.files.items():
        (folder / name).write_text(text)
    return Castiel(node, rendered, folder)


def apply_folder(node: Node, folder: Path, *options: str) -> Applied:
    """`kubectl apply -f FOLDER`. Raises RuntimeError with kubectl's words."""
    command = node.namespace.command("env", f"KUBECONFIG={node.kubeconfig}", tool("kubectl"), "apply", "-f", folder, *options)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as nowhere:  # nothing of the current folder counts
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=180, cwd=nowhere)
    if done.returncode != 0:
        raise RuntimeError(f"kubectl apply: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return Applied(done.stdout, done.stderr, time.monotonic() - began)


def workload_of(pod: Object) -> str:
    """The workload that a pod belongs to."""
    return str(pod["metadata"].get("labels", {}).get("app.kubernetes.io/name", pod["metadata"]["name"]))


def is_ready(pod: Object) -> bool:
    """Whether a pod is Ready and stays."""
    conditions = {one["type"]: one["status"] for one in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]


def main_container(pod: Object) -> Object:
    """The status of a pod's main container. Raises LookupError where it has none yet."""
    name = pod["spec"]["containers"][0]["name"]
    for status in pod["status"].get("containerStatuses", []):
        if status["name"] == name:
            found: Object = status
            return found
    raise LookupError(f"{pod['metadata']['name']} has no status of {name} yet")


def restarts_of(pods: list[Object]) -> dict[str, int]:
    """The containers that restarted, by `pod/container`."""
    return {
        f"{pod['metadata']['name']}/{one['name']}": one["restartCount"]
        for pod in pods
        for kind in ("initContainerStatuses", "containerStatuses")
        for one in pod["status"].get(kind, [])
        if one["restartCount"]
    }
