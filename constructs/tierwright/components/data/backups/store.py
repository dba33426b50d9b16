"""The repository as pods see it: its volumes, the way to its bucket, and the rules of its place."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tierwright.components.data.backups.repository import Repository
from tierwright.config.problems import Path, dotted
from tierwright.expressions.conditions import ALWAYS, Condition, all_of, any_of, opposite
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import Tree, when
from tierwright.kit.network_boundary import to_networks
from tierwright.kit.rules import Rule

FOLDER = "/repository"
"""Where its volume is mounted."""

AUTHORITY = "/etc/backup-ca/ca.crt"
"""Where the certificate authority of the bucket is."""

_PLACE = ("backup", "repository")


class Store(msgspec.Struct, frozen=True, eq=False):
    """A repository, and whether anything is written to it."""

    repository: Repository
    used: Condition

    @property
    def in_bucket(self) -> Condition:
        """Whether it is a bucket."""
        return all_of(self.used, filled(self.repository.s3.bucket))

    @property
    def in_volume(self) -> Condition:
        """Whether it is a volume."""
        return all_of(self.used, filled(self.repository.claim))

    @property
    def has_authority(self) -> Condition:
        """Whether the certificate of the bucket's endpoint is of an authority of its own."""
        return all_of(self.in_bucket, filled(self.repository.s3.ca.name))

    @property
    def is_encrypted(self) -> Condition:
        """Whether what is written is encrypted."""
        return all_of(self.used, filled(self.repository.passphrase.name))

    @property
    def volumes(self) -> list[Tree]:
        """The volumes of a pod that reads or writes it."""
        ca, claim = self.repository.s3.ca, self.repository.claim
        authority = {"secretName": ca.name, "items": [{"key": ca.key, "path": "ca.crt"}]}
        return [
            when(self.in_volume, {"name": "repository", "persistentVolumeClaim": {"claimName": claim}}),
            when(self.has_authority, {"name": "repository-ca", "secret": authority}),
        ]

    @property
    def mounts(self) -> list[Tree]:
        """Where a container mounts them."""
        folder, _, _ = AUTHORITY.rpartition("/")
        return [
            when(self.in_volume, {"name": "repository", "mountPath": FOLDER}),
            when(self.has_authority, {"name": "repository-ca", "mountPath": folder, "readOnly": True}),
        ]

    @property
    def egress(self) -> list[Tree]:
        """The rule that lets a pod reach the bucket, where it is one; the name of its host is for the cluster's DNS."""
        bucket = self.repository.s3
        return [when(self.in_bucket, to_networks(bucket.cidrs, bucket.port))]


def place_rules(
    repository: Repository,
    *,
    who: str,
    path: str,
    used: Condition,
    also: tuple[Path, ...] = (("backup", "enabled"),),
    in_volumes: bool = True,
) -> Iterator[Rule]:
    """The rules that the repository is in one place, and complete, where it is `used`.

    `who` is what writes to it, `path` the path of the data service's values, and `also` are values that decide that it is used.
    Without `in_volumes`, it can be a bucket alone.
    """
    claim, bucket, place = filled(repository.claim), filled(repository.s3.bucket), f"{path}.{dotted(_PLACE)}"
    yield Rule(
        path=_PLACE,
        also=also,
        broken=all_of(used, opposite(any_of(claim, bucket))),
        wrong=f"{who} has no place to write to",
        allowed=f"name a bucket in {place}.s3" + (f", or a volume in {place}.claim" if in_volumes else ""),
    )
    yield Rule(
        path=(*_PLACE, "claim"),
        also=((*_PLACE, "s3", "bucket"),),
        broken=all_of(used, claim, bucket if in_volumes else ALWAYS),
        wrong="the repository is a volume or a bucket, and not both" if in_volumes else f"{who} writes to buckets alone",
        allowed=f"remove it, or {place}.s3.bucket" if in_volumes else f"remove it, and name a bucket in {place}.s3",
    )
    needed = {("host",): repository.s3.host, ("secret", "name"): repository.s3.secret.name}
    for keys, value in needed.items():
        yield Rule(
            path=(*_PLACE, "s3", *keys),
            also=((*_PLACE, "s3", "bucket"),),
            broken=all_of(used, bucket, opposite(filled(value))),
            wrong=f"{who} does not get into the bucket without {place}.s3.{dotted(keys)}",
            allowed="name the Secret with its keys" if keys == ("secret", "name") else "name the endpoint",
        )
