"""A platform as a construct in somebody's own cdk8s app."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tierwright.cdk import Construct
from tierwright.cli.selection import own_values
from tierwright.outputs.cdk8s_app import DescribedPlatform
from tierwright.pipeline import described

_File = str | os.PathLike[str]


class Platform(DescribedPlatform):
    """The platform of a catalogue."""

    def __init__(self, scope: Construct, id: str, *, catalogue: _File, values: Sequence[_File] = ()) -> None:
        """Read, check and describe the platform, and make its constructs.

        `values` are overlays, each laid over those before it, and the first over the `values.yaml` beside the catalogue, if there
        is one. Raises ConfigError with all that is wrong in the files, and NodeError.
        """
        file = Path(catalogue)
        super().__init__(scope, id, described(catalogue=file, values=[*map(Path, values)], own=own_values(file)))
