# Fetches a segment of WAL; PostgreSQL's restore_command, for its name and a path in the data.
. /etc/backup/archive.sh
in_archive "$(number_in .)" "$PWD" archive-get "$1" "$2"
