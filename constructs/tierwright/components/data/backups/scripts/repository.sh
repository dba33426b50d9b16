# What the scripts have in common that write to the repository and read it: TARGET, in the words of rclone. A snapshot is a folder
# there, named after the moment (UTC) at which it began, with a file `complete` at the end.
set -eu
export LC_ALL=C HOME=/tmp
target=$TARGET

fail() {
  echo "error: $*" >&2
  exit 1
}

remote() { rclone --config= --contimeout=15s --timeout=60s --low-level-retries=3 "$@"; }

if [ -n "${PASSPHRASE:-}" ]; then
  RCLONE_CONFIG_SEALED_PASSWORD=$(printf '%s\n' "$PASSPHRASE" | remote obscure -)
  export RCLONE_CONFIG_SEALED_PASSWORD RCLONE_CONFIG_SEALED_TYPE=crypt RCLONE_CONFIG_SEALED_REMOTE="${TARGET%/*}"
  export RCLONE_CONFIG_SEALED_FILENAME_ENCRYPTION=off RCLONE_CONFIG_SEALED_DIRECTORY_NAME_ENCRYPTION=false
  target=sealed:${TARGET##*/}
fi

list() { # OPTION...: nothing where the folder is not there yet
  remote lsf "$@" "$target" || [ $? = 3 ]
}

# Both fail where the repository cannot be listed, and must be in no pipe, which would make an empty list of that.
snapshots() { # the names of all, complete or not
  listed=$(list --dirs-only) || return
  echo "$listed" | sed -n 's|^\([0-9]\{8\}T[0-9]\{6\}Z\)/$|\1|p'
}

complete() { # of those that are complete, oldest first
  listed=$(list --recursive --files-only --include '/*/complete') || return
  echo "$listed" | sed -n 's|^\([0-9]\{8\}T[0-9]\{6\}Z\)/complete$|\1|p' | sort
}
