"""Mode `external`: External Secrets (external-secrets.io) fetches every Secret from a store."""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.components.secrets.values import secrets_values
from tierwright.expressions.expression import Argument
from tierwright.expressions.tokens import Text, expression_of
from tierwright.expressions.tree import splice, when
from tierwright.kit.concern import Concern
from tierwright.kit.credentials import USERNAME, SecretSource, secret_sources
from tierwright.kit.kept_secret import ANNOTATIONS, kept_labels
from tierwright.kit.kinds import EXTERNAL_SECRET
from tierwright.kit.metadata import Manifest, ObjectMeta


class ExternalSecrets(Concern):
    """One ExternalSecret for each Secret. In the store, a Secret is an entry with a property for each key."""

    def __init__(self, file: str, *, blueprint: Blueprint) -> None:
        external = secrets_values(blueprint).mode == "external"
        super().__init__(file, "external-secrets", blueprint=blueprint, present=external)
        for secret in secret_sources(blueprint):
            meta = ObjectMeta(blueprint, blueprint.secret_name(secret.name), component="secrets")
            manifest = {"metadata": meta.metadata(), "spec": _spec(blueprint, secret)}
            self.declare(secret.name, EXTERNAL_SECRET, manifest, condition=secret.condition)


def _spec(blueprint: Blueprint, secret: SecretSource) -> Manifest:
    remote = f"{secrets_values(blueprint).store.key_prefix}{secret.name}"
    target = blueprint.part("externalSecret", lambda: _target(blueprint), name=expression_of(blueprint.secret_name(secret.name)))
    return {
        "(target)": splice(target),
        "data": [
            *(_fetched(remote, key) for key in secret.keys),
            when(secret.named, _fetched(remote, USERNAME)),
        ],
    }


def _fetched(remote: str, key: str) -> Manifest:
    """An item of a list, so it says what releases before 2.9 fill in: Argo CD and `kubectl apply` compare such lists as a whole."""
    defaults = {"conversionStrategy": "Default", "decodingStrategy": "None", "metadataPolicy": "None"}
    return {"secretKey": key, "remoteRef": {"key": remote, "property": key, **defaults}}


def _target(blueprint: Blueprint) -> Manifest:
    """Where Secrets come from, and what they are like."""
    store, name = secrets_values(blueprint).store, Text(Argument("name"))
    # Without metadata of its own the Secret would get the labels of the ExternalSecret, to which Argo CD adds its own.
    metadata = {"labels": kept_labels(blueprint, name, maker="external-secrets"), "annotations": ANNOTATIONS}
    return {
        "refreshInterval": store.refresh_interval,
        "secretStoreRef": {"name": store.name, "kind": store.kind},
        # Should the ExternalSecret go, the running platform keeps its Secret.
        "target": {
            "name": name,
            "creationPolicy": "Orphan",
            "deletionPolicy": "Retain",
            "template": {"metadata": metadata},
        },
    }
