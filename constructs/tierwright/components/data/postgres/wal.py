"""The write-ahead log of a server that runs here, and the room for it on the volume."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierwright.components.data.postgres.values import values_of
from tierwright.config.problems import dotted
from tierwright.model.part import Complaint
from tierwright.model.platform import Platform
from tierwright.model.quantities import quantity

_SETTING = "max_wal_size"
_SIZE = re.compile(r" *([0-9]+) *(kB|MB|GB|TB)? *\Z")
_UNITS = {"kB": "Ki", "MB": "Mi", "GB": "Gi", "TB": "Ti", None: "Mi"}
"""PostgreSQL's units are Kubernetes' binary ones; a plain number of this setting is in MB."""


def between_checkpoints(platform: Platform, name: str) -> Iterator[Complaint]:
    """What is written between two checkpoints leaves room for the data. What is no size, the server refuses itself."""
    values = values_of(platform, name)
    size = _SIZE.match(values.config.get(_SETTING, ""))
    if values.topology == "external" or size is None:
        return
    if quantity(f"{size[1]}{_UNITS[size[2]]}") >= quantity(values.storage.size):
        wrong = f"so much may be written between two checkpoints, all of the volume of {values.storage.size}, and stop the server"
        raised = dotted((*platform.catalogue.place(name), "storage", "size"))
        yield Complaint(("config", _SETTING), wrong, f"lower it, or raise {raised}", alone=True)


ALONE = "a `PATH.config.max_wal_size` that does not fit into the volume"
