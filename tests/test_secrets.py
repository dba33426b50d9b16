"""Secrets: the three modes, and that no value of one is in any output."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.rendering import ENVIRONMENTS, render, render_with
from tierwright.components.secrets.generator import SCRIPT


def referred(environment: str) -> set[tuple[str, str]]:
    """Every Secret and key that any pod reads."""
    found = set()
    for _, container in render(environment).containers():
        for variable in container.get("env", []):
            reference = variable.get("valueFrom", {}).get("secretKeyRef")
            if reference:
                found.add((reference["name"], reference["key"]))
    for _, template in render(environment).pods():
        for volume in template["spec"].get("volumes", []):
            for item in volume.get("secret", {}).get("items", []):
                found.add((volume["secret"]["secretName"], item["key"]))
    return found


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_secret_object_and_no_password_is_in_the_output(environment: str) -> None:
    rendered = render(environment)
    assert not rendered.kinds("Secret")
    for name, text in rendered.files.items():
        assert not re.search(r"://[^/\s:]*:(?!\$\()[^@\s]+@", text), f"{name}: a password in a URL"
    for path, container in rendered.containers():
        for variable in container.get("env", []):
            if re.search(r"PASS|SECRET$|_KEY$|COOKIE|TOKEN|AUTH$", variable["name"]):
                refers = re.fullmatch(r"\$\(\w+\)", variable.get("value", ""))
                assert "valueFrom" in variable or refers, f"{path}: {variable['name']}"


@pytest.mark.parametrize("environment", ["development", "demo"])
def test_the_job_makes_every_generated_secret_that_pods_read(environment: str) -> None:
    container = render(environment).container("Job", "secret-generator")
    (mount,) = (one for one in container["volumeMounts"] if one["name"] == "script")
    assert container["command"] == ["sh", f"{mount['mountPath']}/generate.sh"]
    arguments = container["args"]
    made = {(name, key) for name, keys in (argument.split(":") for argument in arguments) for key in keys.split(",")}
    provided = {
        (name, key)
        for name, secret in render(environment).platform.catalogue.secrets.items()
        if secret.source == "provided"
        for key in secret.keys
    }
    assert made == referred(environment) - provided


def test_the_token_of_the_job_is_good_for_an_hour() -> None:
    """As long as it may take; Kubernetes' own would be for a year."""
    spec = render().get("Job", "secret-generator")["spec"]
    (volume,) = (one for one in spec["template"]["spec"]["volumes"] if one["name"] == "identity")
    (token,) = (one["serviceAccountToken"] for one in volume["projected"]["sources"] if "serviceAccountToken" in one)
    assert token == {"path": "token", "expirationSeconds": 3600}
    assert spec["activeDeadlineSeconds"] == 3600


def test_the_job_may_create_secrets_and_what_notes_them_and_nothing_else() -> None:
    rendered = render()
    assert rendered.get("Role", "secret-generator")["rules"] == [
        {"apiGroups": [""], "resources": ["secrets", "configmaps"], "verbs": ["create"]}
    ]
    assert rendered.get("RoleBinding", "secret-generator")["subjects"] == [
        {"kind": "ServiceAccount", "name": "secret-generator", "namespace": "castiel"}
    ]
    assert not rendered.kinds("ClusterRole", "ClusterRoleBinding")
    assert len(rendered.kinds("Role")) == 1


def test_the_finished_job_goes_away_so_that_a_changed_one_can_be_applied() -> None:
    assert render().get("Job", "secret-generator")["spec"]["ttlSecondsAfterFinished"] == 600


def test_argo_cd_and_flux_make_the_job_anew_where_it_has_changed() -> None:
    """A Job's template is immutable; Flux would refuse the whole of the manifests because of one that it cannot change."""
    assert render().get("Job", "secret-generator")["metadata"]["annotations"] == {
        "argocd.argoproj.io/hook": "Sync",
        "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
        "kustomize.toolkit.fluxcd.io/force": "enabled",
    }


def test_the_token_is_written_to_memory_alone() -> None:
    volumes = {one["name"]: one for one in render().get("Job", "secret-generator")["spec"]["template"]["spec"]["volumes"]}
    assert volumes["tmp"]["emptyDir"]["medium"] == "Memory", "curl reads it from a file there"


def test_the_job_has_a_deadline_that_is_longer_than_the_patience_of_its_script() -> None:
    tries, seconds_of_one, pause = (
        int(re.search(pattern, SCRIPT)[1])  # type: ignore[index]
        for pattern in (r'"\$attempts" -ge (\d+)', r"--max-time (\d+)", r"sleep (\d+)")
    )
    assert render().get("Job", "secret-generator")["spec"]["activeDeadlineSeconds"] == 3600
    rendered = render_with({"secrets": {"generator": {"deadlineSeconds": 900}}})  # the least that the values may say
    assert rendered.get("Job", "secret-generator")["spec"]["activeDeadlineSeconds"] > tries * (seconds_of_one + pause)


KEPT = {"argocd.argoproj.io/compare-options": "IgnoreExtraneous", "argocd.argoproj.io/sync-options": "Prune=false"}
INSTANCE = "app.kubernetes.io/instance"
OF_THE_USER = {"commonLabels": {"team": "a"}}


@pytest.mark.parametrize("overlay", [{}, OF_THE_USER], ids=["without common labels", "with common labels"])
def test_argo_cd_with_label_tracking_does_not_take_generated_secrets_for_its_own(overlay: dict[str, Any]) -> None:
    variables = render_with(overlay).variables("Job", "secret-generator")
    labels = json.loads(variables["LABELS"]["value"])
    assert INSTANCE not in labels
    assert labels["app.kubernetes.io/part-of"] == "castiel"
    assert labels.get("team") == overlay.get("commonLabels", {}).get("team")
    assert json.loads(variables["ANNOTATIONS"]["value"]) == KEPT


@pytest.mark.parametrize("overlay", [{}, OF_THE_USER], ids=["without common labels", "with common labels"])
def test_external_secrets_copies_no_label_of_argo_cd_to_what_it_makes(overlay: dict[str, Any]) -> None:
    made = render_with(overlay, environment="production").kinds("ExternalSecret")
    assert made
    for name, one in made.items():
        assert one["spec"]["target"]["creationPolicy"] == "Orphan", "with an owner Argo CD would leave it anyway"
        metadata = one["spec"]["target"]["template"]["metadata"]
        assert metadata["labels"]["app.kubernetes.io/name"] == name
        assert INSTANCE not in metadata["labels"]
        assert metadata["annotations"] == KEPT


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_claims_get_no_label_by_which_argo_cd_would_prune_them(environment: str) -> None:
    """The StatefulSet's controller gives a claim the labels of its template and of the selector."""
    for name, one in render(environment).kinds("StatefulSet").items():
        for template in one["spec"].get("volumeClaimTemplates", []):
            assert {**template["metadata"]["labels"], **one["spec"]["selector"]["matchLabels"]} == {"app.kubernetes.io/name": name}


def test_an_external_secret_says_what_the_cluster_would_fill_in() -> None:
    """In an item of a list, which is compared as a whole: Argo CD would call it out of sync for ever, and each apply change it."""
    for name, one in render("production").kinds("ExternalSecret").items():
        for entry in one["spec"]["data"]:
            filled_in = {key: value for key, value in entry["remoteRef"].items() if key not in ("key", "property")}
            assert filled_in == {"conversionStrategy": "Default", "decodingStrategy": "None", "metadataPolicy": "None"}, name


def test_a_secret_outlives_its_entry_in_the_store_and_its_external_secret() -> None:
    """Pods that run have their Secrets; a new one, after a slip in the store or a `kubectl delete`, must still find its own."""
    for name, one in render("production").kinds("ExternalSecret").items():
        assert one["spec"]["target"]["deletionPolicy"] == "Retain", name
        assert one["spec"]["target"]["creationPolicy"] == "Orphan", name


def test_optional_secrets_may_be_missing_only_where_the_values_allow_it() -> None:
    def optional(environment: str) -> set[str]:
        return {
            name
            for name, variable in render(environment).variables("Deployment", "api-gateway").items()
            if variable.get("valueFrom", {}).get("secretKeyRef", {}).get("optional")
        }

    assert optional("development") == {"GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"}
    assert optional("production") == set()


def test_mode_existing_makes_nothing_and_takes_names_from_the_values() -> None:
    rendered = render_with(
        {"secrets": {"mode": "existing", "names": {"session-signing": "our-jwt", "postgres-credentials": "our-db"}}}
    )
    assert "01-secrets.yaml" not in rendered.files
    assert not rendered.kinds("Job", "Role", "RoleBinding", "ExternalSecret")
    variables = rendered.variables("Deployment", "api-gateway")
    assert variables["JWT_SECRET"]["valueFrom"]["secretKeyRef"]["name"] == "our-jwt"
    assert variables["DB_PASSWORD"]["valueFrom"]["secretKeyRef"]["name"] == "our-db"
    assert rendered.variables("StatefulSet", "postgres")["SERVICES_PASSWORD"]["valueFrom"]["secretKeyRef"]["name"] == "our-db"


def test_mode_external_fetches_every_secret_that_pods_read() -> None:
    fetched: set[tuple[str, str]] = set()
    for name, one in render("production").kinds("ExternalSecret").items():
        spec: dict[str, Any] = one["spec"]
        assert spec["secretStoreRef"] == {"name": "castiel", "kind": "SecretStore"}
        assert spec["target"]["name"] == name
        for entry in spec["data"]:
            assert entry["remoteRef"].items() >= {"key": f"castiel/production/{name}", "property": entry["secretKey"]}.items()
            fetched.add((name, entry["secretKey"]))
    of_the_users = {("castiel-backups", key) for key in ("id", "key", "passphrase")}  # for the bucket, which is theirs
    assert fetched == referred("production") - of_the_users
    assert not render("production").kinds("Job")


def test_custom_resources_appear_only_where_a_value_asks_for_them() -> None:
    for environment in ("development", "demo"):
        assert {one["apiVersion"].split("/")[0] for one in render(environment).objects.values()} <= {
            *("v1", "apps", "batch", "networking.k8s.io", "rbac.authorization.k8s.io", "autoscaling", "policy"),
        }


# The script itself, with a stand-in for curl that plays the API server.

CURL = """\
#!/bin/sh
body=$(cat)
echo "$*" >> "$STATE/command-lines"
attempt=$(($(cat "$STATE/attempts" 2>/dev/null || echo 0) + 1))
echo "$attempt" > "$STATE/attempts"
while [ "$1" != -o ]; do shift; done
case $body in
*"\\"name\\":\\"${UNANSWERED:-none}\\""*) printf 000; exit 28 ;;
*"\\"name\\":\\"${ODD:-none}\\""*) printf '%s' "$body" > "$2"; printf "$STATUS"; exit 0 ;;
esac
if [ "$attempt" -le "${REFUSED:-0}" ]; then echo 'secrets is forbidden' > "$2"; printf 403; exit 0; fi
case $body in *'}}') ;; *) printf 400; exit 0 ;; esac
name=$(echo "$body" | sed 's/.*"metadata":{"name":"\\([^"]*\\)".*/\\1/')
answer=$2
for url; do :; done
refuse() { printf '{"reason":%s"%s"}' "${BLANK-}" "$1" > "$answer"; printf 409; exit 0; }
case $body in *'"kind":"ConfigMap"'*) kind=configmaps ;; *) kind=secrets ;; esac
case $url in */namespaces/castiel/$kind | */namespaces/castiel/$kind'?dryRun=All') ;; *) printf 404; exit 0 ;; esac
if [ -e "$STATE/$name.json" ]; then refuse "AlreadyExists"; fi
if [ "$attempt" -le "${CONFLICTS:-0}" ]; then refuse "Conflict"; fi
printf '%s' "$body" > "$answer"
case $url in *'?dryRun=All') ;; *) printf '%s' "$body" > "$STATE/$name.json" ;; esac
printf 201
"""


@pytest.fixture(name="generate")
def _generate(tmp_path: Path) -> Any:
    identity = tmp_path / "identity"
    tools = tmp_path / "bin"
    for folder in (identity, tools, tmp_path / "state", tmp_path / "tmp"):
        folder.mkdir()
    (identity / "namespace").write_text("castiel")
    (identity / "token").write_text("the-token")
    for name, text in (("curl", CURL), ("sleep", "#!/bin/sh\n")):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    script = SCRIPT.replace("/tmp/", f"{tmp_path}/tmp/")  # noqa: S108
    script = script.replace("/var/run/secrets/kubernetes.io/serviceaccount", str(identity))
    assert str(identity) in script

    def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        variables = {
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "STATE": str(tmp_path / "state"),
            "LABELS": '{"a":"b"}',
            "ANNOTATIONS": '{"c":"d"}',
            "IN_DATA": "server-credentials server-administrator",
        }
        command = ["sh", "-c", script, "generate.sh", *arguments]
        return subprocess.run(command, env=variables | environment, capture_output=True, text=True, timeout=60, check=False)

    run.state = tmp_path / "state"  # type: ignore[attr-defined]
    return run


def test_the_script_makes_secrets_of_random_hexadecimal_digits(generate: Any) -> None:
    done = generate("db:password", "queue:password,cookie")
    assert (done.returncode, done.stdout) == (0, "made db\nmade queue\n")
    database = json.loads((generate.state / "db.json").read_text())
    queue = json.loads((generate.state / "queue.json").read_text())
    assert database["metadata"] == {"name": "db", "labels": {"a": "b"}, "annotations": {"c": "d"}}
    values = [*database["stringData"].values(), *queue["stringData"].values()]
    assert sorted(queue["stringData"]) == ["cookie", "password"]
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in values)
    assert len(set(values)) == 3


def test_the_script_leaves_what_exists_and_shows_no_value(generate: Any) -> None:
    generate("db:password")
    before = (generate.state / "db.json").read_text()
    done = generate("db:password")
    assert (done.returncode, done.stdout) == (0, "db exists and stays as it is\n")
    assert (generate.state / "db.json").read_text() == before
    shown = done.stdout + done.stderr + (generate.state / "command-lines").read_text()
    assert json.loads(before)["stringData"]["password"] not in shown
    assert "the-token" not in shown


def test_the_script_tries_again_while_access_rules_arrive_and_gives_up_in_the_end(generate: Any) -> None:
    assert generate("db:password", REFUSED="5").stdout == "made db\n"
    failed = generate("queue:password", REFUSED="1000")
    assert failed.returncode == 1
    assert failed.stderr == "cannot make queue: the API server answered 403: secrets is forbidden\n"


@pytest.mark.parametrize("blank", ["", " "])
def test_the_script_tries_again_after_a_conflict_of_another_kind_as_nothing_is_there(generate: Any, blank: str) -> None:
    """Such as that of a quota that others use at the same moment. The API server writes blanks for curl."""
    assert generate("server-credentials:password", CONFLICTS="2", BLANK=blank).stdout == "made server-credentials\n"
    assert (generate.state / "server-credentials.json").exists()
    assert generate("server-credentials:password", BLANK=blank).stdout == "server-credentials exists and stays as it is\n"
    failed = generate("queue:password", CONFLICTS="1000", BLANK=blank)
    assert failed.stderr == f'cannot make queue: the API server answered 409: {{"reason":{blank}"Conflict"}}\n'
    assert failed.returncode == 1


def made(generate: Any, name: str) -> str:
    """The password of a Secret that the stand-in for the API server has."""
    password: str = json.loads((generate.state / f"{name}.json").read_text())["stringData"]["password"]
    return password


def test_the_script_says_nothing_of_an_earlier_answer_which_holds_a_password(generate: Any) -> None:
    done = generate("db:password", "queue:password", UNANSWERED="queue")
    assert (done.returncode, done.stdout) == (1, "made db\n")
    assert done.stderr == "cannot make queue: the API server does not answer\n"
    assert made(generate, "db") not in done.stdout + done.stderr


@pytest.mark.parametrize("status", ["200", "202", "100"])
def test_the_script_never_shows_an_answer_that_is_no_error_as_it_holds_the_secret(generate: Any, status: str) -> None:
    done = generate("db:password", ODD="db", STATUS=status)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"cannot make db: the API server answered {status}\n"


def test_the_script_hides_what_could_be_a_password_in_an_error(generate: Any) -> None:
    done = generate("db:password", ODD="db", STATUS="422")
    assert done.stderr.startswith("cannot make db: the API server answered 422: {")
    assert '"password":"(hidden)"' in done.stderr
    assert not re.search("[0-9a-f]{20}", done.stderr)


def test_the_script_tries_sixty_times_for_all_secrets_together(generate: Any) -> None:
    names = [f"s{number}" for number in range(4)]
    assert generate(*(f"{name}:password" for name in names), REFUSED="1000").returncode == 1
    assert (generate.state / "attempts").read_text() == "60\n"


def test_the_script_never_makes_an_empty_password(generate: Any, tmp_path: Path) -> None:
    (tmp_path / "bin" / "od").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin" / "od").chmod(0o755)
    assert generate("db:password").returncode == 1
    assert not (generate.state / "db.json").exists()


# What a server keeps with its data.


def notes(generate: Any) -> list[str]:
    return sorted(path.name.removesuffix(".json") for path in generate.state.glob("*-made.json"))


def test_secrets_of_data_services_are_those_that_servers_keep_with_their_data() -> None:
    names = {"secrets": {"names": {"redis-credentials": "our-redis"}}}
    given = render_with(names).variables("Job", "secret-generator")["IN_DATA"]["value"]
    assert sorted(given.split()) == [
        *("our-redis", "postgres-administrator", "postgres-credentials", "rabbitmq-credentials", "redis-administrator"),
    ]


def test_the_script_notes_what_a_server_keeps_with_its_data_and_that_alone(generate: Any) -> None:
    done = generate("server-credentials:password,cookie", "signing:key")
    assert (done.returncode, done.stdout) == (0, "made server-credentials\nmade signing\n")
    assert notes(generate) == ["server-credentials-made"]
    assert json.loads((generate.state / "server-credentials-made.json").read_text()) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "server-credentials-made", "labels": {"a": "b"}, "annotations": {"c": "d"}},
        "data": {"secret": "server-credentials"},
    }
    again = generate("server-credentials:password,cookie", "signing:key")
    assert again.stdout == "server-credentials exists and stays as it is\nsigning exists and stays as it is\n"


def test_the_script_makes_no_new_password_for_data_that_know_another_one(generate: Any) -> None:
    arguments = ("server-credentials:password", "signing:key", "server-administrator:password")
    generate(*arguments)
    secret = generate.state / "server-credentials.json"
    kept = secret.read_text()
    secret.unlink()
    (generate.state / "signing.json").unlink()
    lost = generate(*arguments)
    assert lost.returncode == 1
    assert lost.stdout == "made signing\nserver-administrator exists and stays as it is\n", "the others are not held up by it"
    assert lost.stderr == (
        "server-credentials was made before and is gone: the data know its old values, and new ones would lock everybody out. "
        "Bring it back from your copy, or make it with values that you have set in the server. "
        "Only where the data are gone too, run: kubectl delete configmap -n castiel server-credentials-made\n"
    )
    assert not secret.exists()
    secret.write_text(kept)
    assert generate(*arguments).returncode == 0


def test_the_script_makes_it_anew_where_the_data_are_gone_too(generate: Any) -> None:
    generate("server-credentials:password")
    before = made(generate, "server-credentials")
    for name in ("server-credentials", "server-credentials-made"):
        (generate.state / f"{name}.json").unlink()
    assert generate("server-credentials:password").stdout == "made server-credentials\n"
    assert made(generate, "server-credentials") != before
    assert notes(generate) == ["server-credentials-made"]


def test_the_script_notes_secrets_that_others_or_an_earlier_version_made(generate: Any) -> None:
    (generate.state / "server-credentials.json").write_text("{}")
    assert generate("server-credentials:password").stdout == "server-credentials exists and stays as it is\n"
    (generate.state / "server-credentials.json").unlink()
    assert generate("server-credentials:password").returncode == 1


def test_a_job_that_was_broken_off_before_the_note_is_completed_by_the_next(generate: Any) -> None:
    failed = generate("server-credentials:password", UNANSWERED="server-credentials-made")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert not (generate.state / "server-credentials.json").exists()
    assert generate("server-credentials:password").stdout == "made server-credentials\n"
    (generate.state / "server-credentials-made.json").unlink()  # broken off between the two
    assert generate("server-credentials:password").stdout == "server-credentials exists and stays as it is\n"
    assert notes(generate) == ["server-credentials-made"]
