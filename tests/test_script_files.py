"""The scripts of the data services are read from folders of the package."""

from __future__ import annotations

from pathlib import Path

from tierwright.components.data.script_files import scripts_in


def test_what_pip_compiles_beside_a_script_is_none(tmp_path: Path) -> None:
    (tmp_path / "state.py").write_text("print()\n")
    (tmp_path / "begin.sh").write_text("true\n")
    (tmp_path / "__pycache__").mkdir()
    assert [*scripts_in(tmp_path).items()] == [("begin.sh", "true\n"), ("state.py", "print()\n")]
