# What all scripts beside this one have in common.
set -eu
export LC_ALL=C PGCLIENTENCODING=UTF8 PGOPTIONS='-c client_min_messages=warning -c lc_messages=C'
reason=

fail() {
  reason=$*
  echo "error: $reason" >&2
  exit 1
}

ask() { psql -XAtq --no-password --set ON_ERROR_STOP=1 "$@"; }
