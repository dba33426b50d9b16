"""The script that deploys a stack: it makes the secrets that are absent, and refuses what would go wrong."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.test_swarm import shop

DOCKER = """\
#!/bin/sh
# An engine that keeps its secrets as files.
case "$1 $2" in
"secret inspect") [ -e "$STATE/secrets/$3" ] ;;
"secret create") cat > "$STATE/secrets/$3" ;;
"node ls") [ "$*" = "node ls --quiet --filter node.label=shop.data=true" ] && cat "$STATE/nodes" ;;
"stack deploy") echo "$* with ${API_KEY-}" > "$STATE/deployed" ;;
*) exit 9 ;;
esac
"""


NOT_SET = "is not set in .env: run `tierwright env`, or fill it in"


class Project:
    """A folder with a stack of the shop, beside an engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = folder / ".env"
        self.nodes = folder / "nodes"
        self.env.write_text("DB_PASSWORD=tiger\nPOSTGRES_ADMINISTRATOR_PASSWORD=lion\nAPI_KEY='a key'\n")
        self.nodes.write_text("a-node\n")
        (folder / "secrets").mkdir()
        docker = folder / "docker"
        docker.write_text(DOCKER)
        docker.chmod(0o755)
        (folder / "dist").mkdir()
        (folder / "dist" / "deploy.sh").write_text(shop(folder).files["swarm/deploy.sh"])

    def deploy(self, *options: str) -> subprocess.CompletedProcess[str]:
        variables = {"PATH": f"{self.folder}:{os.environ['PATH']}", "STATE": str(self.folder)}
        command = ["sh", "dist/deploy.sh", *options]
        return subprocess.run(command, cwd=self.folder, env=variables, capture_output=True, text=True, timeout=30, check=False)

    @property
    def secrets(self) -> dict[str, str]:
        return {file.name: file.read_text() for file in (self.folder / "secrets").iterdir()}

    @property
    def deployed(self) -> str:
        file = self.folder / "deployed"
        return file.read_text() if file.exists() else ""


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_it_makes_the_secrets_of_the_variables_and_deploys_with_them(project: Project) -> None:
    ended = project.deploy("--with-registry-auth")
    assert ended.returncode == 0, ended.stderr
    assert project.secrets == {
        "shop_POSTGRES_ADMINISTRATOR_PASSWORD_1": "lion",
        "shop_DB_PASSWORD_1": "tiger",
        "shop_API_KEY_1": "a key",
    }
    assert project.deployed == "stack deploy --compose-file dist/stack.yaml --with-registry-auth shop with a key\n"
    assert "tiger" not in ended.stdout + ended.stderr


def test_a_secret_that_is_there_stays_until_there_is_another_version(project: Project) -> None:
    project.deploy()
    project.env.write_text(project.env.read_text().replace("tiger", "puma"))
    assert project.deploy().stdout == ""
    assert project.secrets["shop_DB_PASSWORD_1"] == "tiger"  # noqa: S105
    project.env.write_text(project.env.read_text() + "SECRETS_VERSION=2\n")
    assert "made the secret shop_DB_PASSWORD_2\n" in project.deploy().stdout
    assert project.secrets["shop_DB_PASSWORD_2"] == "puma"  # noqa: S105


def test_a_secret_that_may_be_missing_is_made_without_content(tmp_path: Path) -> None:
    project = Project(tmp_path)
    catalogue = (tmp_path / "catalogue.yaml").read_text().replace("keys: [API_KEY]", "keys: [API_KEY], optional: true")
    (tmp_path / "dist" / "deploy.sh").write_text(shop(tmp_path, catalogue=catalogue).files["swarm/deploy.sh"])
    project.env.write_text("DB_PASSWORD=tiger\nPOSTGRES_ADMINISTRATOR_PASSWORD=lion\n")
    assert project.deploy().returncode == 0
    assert project.secrets["shop_API_KEY_1"] == "\n", "an engine refuses an empty one"


def test_a_secret_that_may_be_missing_is_made_without_content_where_it_is_a_file(tmp_path: Path) -> None:
    project = Project(tmp_path)
    volume = "{name: keys, secret: {secretName: keys, optional: true, items: [{key: SSH_KEY, path: ssh}]}}"
    of_web = f"extraVolumes: [{volume}], extraVolumeMounts: [{{name: keys, mountPath: /keys}}]"
    overlay = f"services: {{store: {{command: [/store]}}, web: {{command: [/web], {of_web}}}}}"
    (tmp_path / "dist" / "deploy.sh").write_text(shop(tmp_path, overlay=overlay).files["swarm/deploy.sh"])
    ended = project.deploy()
    assert (ended.returncode, ended.stderr) == (0, "")
    assert project.secrets["shop_KEYS_SSH_KEY_1"] == "\n"


@pytest.mark.parametrize(
    ("env", "said"),
    [
        (None, "there is no .env in this folder: run `tierwright env` in the project's folder"),
        ("POSTGRES_ADMINISTRATOR_PASSWORD=x\nDB_PASSWORD=\nAPI_KEY=x\n", f"DB_PASSWORD {NOT_SET}"),
        ("POSTGRES_ADMINISTRATOR_PASSWORD=x\nDB_PASSWORD=x\n", f"API_KEY {NOT_SET}"),
    ],
)
def test_without_a_variable_nothing_is_made(env: str | None, said: str, project: Project) -> None:
    if env is None:
        project.env.unlink()
    else:
        project.env.write_text(env)
    ended = project.deploy()
    assert (ended.returncode, ended.stderr) == (1, f"{said}\n")
    assert project.secrets == {}
    assert project.deployed == ""


@pytest.mark.parametrize("nodes", [0, 2])
def test_without_exactly_one_node_for_the_volumes_nothing_is_made(nodes: int, project: Project) -> None:
    project.nodes.write_text("a-node\n" * nodes)
    ended = project.deploy()
    assert ended.returncode == 1
    assert ended.stderr == (
        f"{nodes} nodes have the label shop.data=true, but exactly one can keep the volumes:\n"
        "docker node update --label-add shop.data=true NODE\n"
    )
    assert project.secrets == {}
    assert project.deployed == ""
