"""Services that tell by their name alone whether a pod is ready: nobody connects to them, so no policy need let anybody."""

from __future__ import annotations

from tierwright.expressions.tree import Tree
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.model.own_names import listing_of


def listing(meta: ObjectMeta) -> Manifest:
    """The headless Service of a workload. It has no port, so that what discovers Services by labels asks no pod twice."""
    spec = {"type": "ClusterIP", "clusterIP": "None", "selector": meta.selector}
    return {"metadata": meta.shared("metadata.listing", _metadata), "spec": spec}


def _metadata(meta: ObjectMeta) -> Tree:
    return meta.metadata(listing_of(meta.name))
