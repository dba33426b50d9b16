"""PgBouncer: what services connect to in place of the server, which then has fewer connections."""
