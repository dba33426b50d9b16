"""An output folder that is there already, and the ways in which it is replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

import tierwright.outputs.folder
from tests.output_folder.folders import FILES, cannot_exchange
from tierwright.outputs.provenance import write_files


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output folder as an earlier run left it."""
    write_files(FILES, tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture(params=["exchanged", "moved in"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways in which a folder is replaced: whole, and, where the file system has no exchange, file by file."""
    if request.param == "moved in":
        monkeypatch.setattr(tierwright.outputs.folder, "exchange", cannot_exchange)
    return str(request.param)
