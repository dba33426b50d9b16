"""A provisioner of local volumes: a fresh folder for each claim, as a freshly formatted disk looks."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

from tests.cluster.addons import PROVISIONER, STORAGE_CLASS
from tests.cluster.api import Api, ApiError, Object
from tests.cluster.watcher import Watcher

_SELECTED_NODE = "volume.kubernetes.io/selected-node"
_PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"


class Provisioner:
    """Makes a volume for each claim of the default class that waits for one, and removes it after its claim.

    Volumes are of the kind ``local``, because the kubelet applies a pod's fsGroup to those and not to hostPath. Each
    folder is root's and holds a ``lost+found``, which breaks what takes the root of a volume to be empty.
    """

    def __init__(self, api: Api, *, node: str, folder: Path) -> None:
        self._api = api
        self._node = node
        self._folder = folder
        self._wake = threading.Event()
        self._stopped = False
        self._claims = Watcher(api, "/api/v1/persistentvolumeclaims", self._wake.set)
        self._volumes = Watcher(api, "/api/v1/persistentvolumes", self._wake.set)
        self._thread = threading.Thread(target=self._run, name="provisioner", daemon=True)

    def start(self) -> None:
        """Begin to provision."""
        self._folder.mkdir()
        self._claims.start()
        self._volumes.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop; volumes stay as they are."""
        self._stopped = True
        self._claims.stop()
        self._volumes.stop()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._stopped:
                return
            try:
                for claim in self._claims.objects():
                    self._provide(claim)
                for volume in self._volumes.objects():
                    self._reclaim(volume)
            except (OSError, ApiError):
                time.sleep(0.2)  # the server is away or busy: ask again, though not at once
                self._wake.set()

    def _provide(self, claim: Object) -> None:
        annotations = claim["metadata"].get("annotations", {})
        spec = claim["spec"]
        if spec.get("storageClassName") != STORAGE_CLASS or spec.get("volumeName") or _SELECTED_NODE not in annotations:
            return
        name = f"pvc-{claim['metadata']['uid']}"
        folder = self._folder / name
        if folder.exists():
            return
        (folder / "lost+found").mkdir(parents=True)
        (folder / "lost+found").chmod(0o700)
        folder.chmod(0o755)
        try:
            self._api.request("POST", "/api/v1/persistentvolumes", self._volume(claim, name, folder))
        except (ApiError, OSError) as problem:
            if isinstance(problem, ApiError) and problem.status == 409:
                return
            shutil.rmtree(folder)
            raise

    def _volume(self, claim: Object, name: str, folder: Path) -> Object:
        metadata = claim["metadata"]
        terms = [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [self._node]}]}]
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name, "annotations": {_PROVISIONED_BY: PROVISIONER}},
            "spec": {
                "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
                "accessModes": claim["spec"]["accessModes"],
                "persistentVolumeReclaimPolicy": "Delete",
                "storageClassName": STORAGE_CLASS,
                "claimRef": {
                    "apiVersion": "v1",
                    "kind": "PersistentVolumeClaim",
                    "namespace": metadata["namespace"],
                    "name": metadata["name"],
                    "uid": metadata["uid"],
                },
                "local": {"path": str(folder)},
                "nodeAffinity": {"required": {"nodeSelectorTerms": terms}},
            },
        }

    def _reclaim(self, volume: Object) -> None:
        metadata = volume["metadata"]
        ours = metadata.get("annotations", {}).get(_PROVISIONED_BY) == PROVISIONER
        if not ours or volume.get("status", {}).get("phase") != "Released" or "deletionTimestamp" in metadata:
            return
        shutil.rmtree(self._folder / metadata["name"], ignore_errors=True)
        try:
            self._api.request("DELETE", f"/api/v1/persistentvolumes/{metadata['name']}")
        except ApiError as problem:
            if problem.status != 404:
                raise
