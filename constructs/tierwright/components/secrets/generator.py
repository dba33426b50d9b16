"""Mode `generate`: a Job in the cluster makes the missing Secrets, and does not touch those that exist."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec

from tierwright.blueprint import Blueprint, Evaluated
from tierwright.components.secrets.values import secrets_values
from tierwright.expressions.conditions import Condition, all_of, any_of
from tierwright.expressions.expression import BuiltIn
from tierwright.expressions.json_text import Json
from tierwright.expressions.tokens import Text
from tierwright.expressions.tree import Lines, OmitEmpty, Tree, choose, when
from tierwright.kit.access import IDENTITY_MOUNT, IDENTITY_VOLUME, declare_access
from tierwright.kit.concern import Concern
from tierwright.kit.credentials import USERNAME, SecretSource, secret_sources
from tierwright.kit.kept_secret import ANNOTATIONS, kept_labels
from tierwright.kit.kinds import CONFIG_MAP, JOB, NETWORK_POLICY
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.network_boundary import boundary, to_api_server, to_dns
from tierwright.kit.pods import CONTAINER_SECURITY, SCRATCH_MOUNT, empty_dir, pod_security, pod_spec, resources

NAME = "secret-generator"
JOBS_OF_REVISIONS = rf"{NAME}-[0-9]+"
"""The names that the Job has in the chart: another for each revision."""

_SCRIPT_PATH = "/secret-generator"
_JOB = "job"
_IN_DATA = "IN_DATA"

SCRIPT = """\
# Makes each Secret named in the arguments, NAME:KEY[,KEY...], with random values, unless it exists already.
# Those in IN_DATA are made once: a server keeps their values with its data, which a ConfigMap NAME-made tells the next Job.
set -eu
identity=/var/run/secrets/kubernetes.io/serviceaccount
namespace=$(cat $identity/namespace)
url=https://kubernetes.default.svc/api/v1/namespaces/$namespace
umask 077
printf 'Authorization: Bearer %s\\n' "$(cat $identity/token)" > /tmp/authorization

random() { # 64 hexadecimal digits: they need no quoting in URLs and files
  od -An -v -tx1 -N32 /dev/urandom | tr -d ' \\n'
}

beginning() { # KIND NAME: of an object
  printf '{"apiVersion":"v1","kind":"%s","metadata":{"name":"%s","labels":%s,"annotations":%s}' "$1" "$2" "$LABELS" "$ANNOTATIONS"
}

secret() { # NAME KEY...: through a pipe, never on a command line
  beginning Secret "$1"
  printf ',"stringData":{'
  shift
  comma=
  for key; do
    value=$(random)
    [ ${#value} -eq 64 ] || exit 1 # a body cut short is refused; an empty password would be kept for ever
    case $key in *=*) value=${key#*=} key=${key%%=*} ;; esac # KEY=TEXT: no secret
    printf '%s"%s":"%s"' "$comma" "$key" "$value"
    comma=,
  done
  printf '}}'
}

note() { # NAME: that the Secret was made
  beginning ConfigMap "$1-made"
  printf ',"data":{"secret":"%s"}}' "$1"
}

reason() { # the beginning of the answer, without whatever could be a password, plain or in base64
  sed -E 's/[0-9A-Za-z+\\/]{64,}=*/(hidden)/g' /tmp/answer | head -c 1000
}

exists() { # whether 409 means that: where others use up a quota at the same moment it does not, and nothing is there
  grep -q '"reason": *"AlreadyExists"' /tmp/answer
}

attempts=0 # for all objects together, so that its patience does not grow with their number
create() { # WHERE FUNCTION NAME [KEY...]: what the function prints, until it is there: `status` is 201, or 409 where it was before
  where=$1
  shift
  while :; do
    : > /tmp/answer # where nothing is answered, nothing of an earlier answer may be left
    status=$("$@" | curl -s -o /tmp/answer -w '%{http_code}' --max-time 10 --cacert $identity/ca.crt \\
      -H @/tmp/authorization -H 'Content-Type: application/json' --data-binary @- "$url/$where") || true
    case $status in
    201) return ;;
    409) if exists; then return; fi ;;
    esac
    attempts=$((attempts + 1))
    if [ "$attempts" -ge 60 ]; then
      case $status in
      '' | 000) echo "cannot make $2: the API server does not answer" >&2 ;;
      [345]*) echo "cannot make $2: the API server answered $status: $(reason)" >&2 ;;
      *) echo "cannot make $2: the API server answered $status" >&2 ;; # its answer holds a Secret
      esac
      exit 1
    fi
    sleep 2 # rules of the network and of access may arrive late
  done
}

would() { # the same, but nothing is made
  first=$1
  shift
  create "$first?dryRun=All" "$@"
}

is_lost() { # NAME KEY...: whether it is not there, but was
  would secrets secret "$@"
  [ "$status" = 201 ] || return
  would configmaps note "$1"
  [ "$status" = 409 ]
}

lost=
for one; do
  name=${one%%:*}
  keys=$(echo "${one#*:}" | tr , ' ')
  case " $IN_DATA " in *" $name "*) noted=yes ;; *) noted= ;; esac
  # shellcheck disable=SC2086 - the keys are words of their own
  if [ "$noted" ] && is_lost "$name" $keys; then
    echo "$name was made before and is gone: the data know its old values, and new ones would lock everybody out." \\
      "Bring it back from your copy, or make it with values that you have set in the server." \\
      "Only where the data are gone too, run: kubectl delete configmap -n $namespace $name-made" >&2
    lost=yes
    continue
  fi
  # shellcheck disable=SC2086
  create secrets secret "$name" $keys
  case $status in
  201) echo "made $name" ;;
  409) echo "$name exists and stays as it is" ;;
  esac
  [ -z "$noted" ] || create configmaps note "$name"
done
[ -z "$lost" ]
"""


def script(given: Condition) -> Lines:
    """The script, which reads a line on texts that are given only where there are some: where the condition holds."""
    lines = SCRIPT.splitlines()
    return Lines(tuple(when(given, line) if "KEY=TEXT" in line else line for line in lines))


class Made(msgspec.Struct, frozen=True):
    """What the Job makes in the cluster, by name; `config_maps` are the notes."""

    secrets: Sequence[str] = ()
    config_maps: Sequence[str] = ()


def made_by(evaluated: Evaluated) -> Made:
    """What an object makes, if it is the Job."""
    if evaluated.id != f"{NAME}.{_JOB}":
        return Made()
    container = evaluated.manifest["spec"]["template"]["spec"]["containers"][0]
    in_data = next(variable["value"] for variable in container["env"] if variable["name"] == _IN_DATA)
    secrets = [argument.partition(":")[0] for argument in container["args"]]
    return Made(secrets, [f"{name}-made" for name in in_data.split()])


class SecretGenerator(Concern):
    """The Job with its ServiceAccount, its Role (`create` on Secrets, and on ConfigMaps that note them) and its boundary.

    Where there is nothing to make there is no Job either: all data services outside, say, and no generated secret.
    """

    def __init__(self, file: str, *, blueprint: Blueprint) -> None:
        self._secrets = [secret for secret in secret_sources(blueprint) if secret.generated]
        wanted = any_of(*(secret.condition for secret in self._secrets))
        named = any_of(*(secret.named for secret in self._secrets))
        present = all_of(secrets_values(blueprint).mode == "generate", wanted)
        super().__init__(file, NAME, blueprint=blueprint, present=present)
        meta = ObjectMeta(blueprint, NAME, component="secrets")
        metadata = meta.metadata()
        self.declare_account(metadata)
        # Kubernetes cannot limit `create` to names; without get, list or update it cannot read or change a thing.
        rules = [{"apiGroups": [""], "resources": ["secrets", "configmaps"], "verbs": ["create"]}]
        declare_access(self, NAME, metadata, rules)
        self.declare("script", CONFIG_MAP, {"metadata": metadata, "data": {"generate.sh": script(named)}})
        annotations = {
            # For Argo CD a finished Job that is gone would be a difference; a hook is not compared.
            "argocd.argoproj.io/hook": "Sync",
            "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
            # Flux would apply nothing at all while a Job is there whose template has changed: it may make the Job anew. So it may
            # with the chart's, which keeps its name where somebody else than Helm applies what `helm template` gives.
            "kustomize.toolkit.fluxcd.io/force": "enabled",
        }
        job = self._job(meta)
        self.declare(_JOB, JOB, {"metadata": meta.metadata(annotations=annotations), "spec": job}, in_chart=False)
        # `helm upgrade` would stumble over a changed template while the Job is there: each revision has one of its own.
        name = f"{NAME}-{Text(BuiltIn('revision', 'Release.Revision'))}"
        own = {"metadata": meta.metadata(name, annotations=annotations), "spec": job}
        self.declare("job-of-revision", JOB, own, in_manifests=False)
        egress = [to_api_server(blueprint), to_dns(blueprint)]
        self.declare("boundary", NETWORK_POLICY, boundary(meta, egress=egress))

    def _job(self, meta: ObjectMeta) -> Manifest:
        generator = secrets_values(self.blueprint).generator
        return {
            # A Job's template cannot be changed in place: when it is gone, the next apply makes a new one.
            "ttlSecondsAfterFinished": generator.keep_seconds,
            "backoffLimit": 10,
            # Over all tries: what waits for the Job, such as a sync of Argo CD, learns in the end that it failed.
            "activeDeadlineSeconds": generator.deadline_seconds,
            "template": {
                "metadata": meta.pod_metadata(),
                "spec": pod_spec(
                    self.blueprint,
                    service_account=NAME,
                    security=pod_security(generator.security, owns_volumes=True),
                    placement=generator.placement,
                    restart_policy="Never",
                    containers=[self._container()],
                    volumes=[_SCRATCH_VOLUME, {"name": "script", "configMap": {"name": NAME}}, IDENTITY_VOLUME],
                ),
            },
        }

    def _container(self) -> Manifest:
        generator = secrets_values(self.blueprint).generator
        secret_labels = self.blueprint.call("generatedLabels", self._secret_labels)
        in_data = [choose(one.condition, self.blueprint.secret_name(one.name), "") for one in self._secrets if one.in_data]
        return {
            "name": NAME,
            "image": self.blueprint.image(generator.image),
            "imagePullPolicy": self.blueprint.values.images.pull_policy,
            "command": ["sh", f"{_SCRIPT_PATH}/generate.sh"],
            "args": OmitEmpty([when(secret.condition, self._argument(secret)) for secret in self._secrets]),
            "env": [
                {"name": "LABELS", "value": Text(Json(secret_labels), safe=False)},
                {"name": "ANNOTATIONS", "value": json.dumps(ANNOTATIONS, separators=(",", ":"))},
                {"name": _IN_DATA, "value": " ".join(in_data)},
            ],
            "resources": resources(self.blueprint, generator.resources),
            "securityContext": CONTAINER_SECURITY,
            "volumeMounts": [
                SCRATCH_MOUNT,
                {"name": "script", "mountPath": _SCRIPT_PATH, "readOnly": True},
                IDENTITY_MOUNT,
            ],
        }

    def _argument(self, secret: SecretSource) -> str:
        username = choose(secret.named, f",{USERNAME}={secret.username}", "")
        return f"{self.blueprint.secret_name(secret.name)}:{','.join(secret.keys)}{username}"

    def _secret_labels(self) -> Tree:
        return kept_labels(self.blueprint, NAME, maker=NAME)


_SCRATCH_VOLUME = empty_dir("tmp", "1Mi", in_memory=True)
"""In memory, because the account's token is written there for curl to read."""
