-- One login. The rights that somebody has given it or taken from it since it was made stay.
\set mark 'the login of a service'
SELECT count(*) = 0 AS absent, coalesce(bool_or(shobj_description(oid, 'pg_authid') IS DISTINCT FROM :'mark'), false) AS foreign
FROM pg_roles WHERE rolname = :'login' \gset
\if :foreign
\warn 'there is a role ':login' already, which is not the login of this service: rename it'
\else
\if :absent
CREATE ROLE :"login" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
COMMENT ON ROLE :"login" IS :'mark';
GRANT :"user" TO :"login";
-- What it makes belongs to the owner of the database, so that the other services may use and change it.
ALTER ROLE :"login" SET role TO :'user';
\endif
ALTER ROLE :"login" LOGIN CONNECTION LIMIT :limit PASSWORD :'password';
\endif
