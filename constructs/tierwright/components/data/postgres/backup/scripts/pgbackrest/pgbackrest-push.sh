# Archives a segment of WAL; PostgreSQL's archive_command, in which pgBackRest wants its name, for a path in the data. A standby
# archives nothing. The one member that has the lock does: another one that still thinks to be the primary would write into an
# archive that goes on without it.
. /etc/backup/archive.sh
has_lock || fail "this member has no lock: $1 is not archived"
in_archive "$(number_in .)" "$PWD" archive-push "$1"
