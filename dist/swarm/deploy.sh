# Made by tierwright as swarm/deploy.sh; changes to this file are lost when it is made again.
# Deploys castiel to the Swarm of this engine; run it in the project's folder. Its options are those of `docker stack deploy`.
# Secrets of a Swarm never change: another SECRETS_VERSION in .env makes all of them anew.
set -eu
[ -f .env ] || { echo "there is no .env in this folder: run \`tierwright env\` in the project's folder" >&2; exit 1; }
set -a
. ./.env
set +a

for variable in POSTGRES_ADMINISTRATOR_PASSWORD DB_PASSWORD RABBITMQ_PASSWORD REDIS_PASSWORD REDIS_ADMINISTRATOR_PASSWORD JWT_SECRET; do
  eval "content=\${$variable-}"
  [ -n "$content" ] || { echo "$variable is not set in .env: run \`tierwright env\`, or fill it in" >&2; exit 1; }
done

nodes=$(docker node ls --quiet --filter node.label=castiel.data=true | wc -l)
[ "$nodes" -eq 1 ] || {
  echo "$nodes nodes have the label castiel.data=true, but exactly one can keep the volumes:" >&2
  echo "docker node update --label-add castiel.data=true NODE" >&2
  exit 1
}

create() { # NAME, VARIABLE
  if docker secret inspect "$1" > /dev/null 2>&1; then return; fi
  eval "content=\${$2-}"
  # A secret cannot be empty: a line break alone is nothing.
  if [ -n "$content" ]; then printf %s "$content"; else echo; fi | docker secret create "$1" - > /dev/null
  echo "made the secret $1"
}

create "castiel_POSTGRES_ADMINISTRATOR_PASSWORD_${SECRETS_VERSION:-1}" POSTGRES_ADMINISTRATOR_PASSWORD
create "castiel_DB_PASSWORD_${SECRETS_VERSION:-1}" DB_PASSWORD
create "castiel_RABBITMQ_PASSWORD_${SECRETS_VERSION:-1}" RABBITMQ_PASSWORD
create "castiel_REDIS_PASSWORD_${SECRETS_VERSION:-1}" REDIS_PASSWORD
create "castiel_REDIS_ADMINISTRATOR_PASSWORD_${SECRETS_VERSION:-1}" REDIS_ADMINISTRATOR_PASSWORD

exec docker stack deploy --compose-file "${0%/*}/stack.yaml" "$@" castiel
