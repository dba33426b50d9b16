-- The role of the services, where it is absent: owner of its database, and nothing more. All of it happens, or nothing.
SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') AS absent \gset
\if :absent
ALTER ROLE :"administrator" PASSWORD :'administrator_password';
CREATE ROLE :"user" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'user_password';
-- Roles of people and tools keep the connections that everybody had; nobody else has them any more.
SELECT format('GRANT %s ON DATABASE %I TO %I', privilege, datname, rolname)
FROM pg_database, pg_roles, unnest(ARRAY['CONNECT', 'TEMPORARY']) AS privilege
WHERE datname IN (:'database', 'postgres', 'template1') AND rolname <> :'user' AND rolcanlogin AND NOT rolsuper
  AND has_database_privilege('public', pg_database.oid, privilege) \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname)
FROM pg_database WHERE datname IN (:'database', 'postgres', 'template1') \gexec
-- What belonged to the role itself, in all databases: its members, its own memberships, its settings.
SELECT format('GRANT %I TO %I%s', :'user', member.rolname, CASE WHEN bool_or(admin_option) THEN ' WITH ADMIN OPTION' END)
FROM pg_auth_members JOIN pg_roles member ON member.oid = pg_auth_members.member
WHERE roleid = 10 GROUP BY member.rolname \gexec
SELECT format('REVOKE %I FROM %I GRANTED BY %I CASCADE', :'administrator', member.rolname, grantor.rolname)
FROM pg_auth_members
JOIN pg_roles member ON member.oid = pg_auth_members.member
JOIN pg_roles grantor ON grantor.oid = pg_auth_members.grantor
WHERE roleid = 10 \gexec
-- Not those that lead to a superuser, or to a role of PostgreSQL's own, such as pg_execute_server_program.
SELECT DISTINCT format('GRANT %I TO %I', role.rolname, :'user')
FROM pg_auth_members JOIN pg_roles role ON role.oid = pg_auth_members.roleid
WHERE member = 10 AND NOT EXISTS (
  SELECT FROM pg_roles power
  WHERE (power.rolsuper OR power.rolcreaterole OR power.rolbypassrls OR power.rolreplication OR power.oid < 16384)
    AND pg_has_role(role.oid, power.oid, 'MEMBER')) \gexec
-- Lists of names are stored as they are written; everything else is one text.
SELECT format('ALTER ROLE %I%s SET %I TO %s', :'user', place, name,
  CASE
    WHEN value IN ('', '""') THEN quote_literal('')
    WHEN name IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries') THEN value
    ELSE quote_literal(value)
  END)
FROM (
  SELECT coalesce(' IN DATABASE ' || quote_ident(datname), '') AS place,
    split_part(setting, '=', 1) AS name, substr(setting, strpos(setting, '=') + 1) AS value
  FROM pg_db_role_setting LEFT JOIN pg_database ON pg_database.oid = setdatabase, unnest(setconfig) AS setting
  WHERE setrole = 10
) AS settings \gexec
SELECT format('ALTER ROLE %I%s RESET ALL', :'administrator', coalesce(' IN DATABASE ' || quote_ident(datname), ''))
FROM pg_db_role_setting LEFT JOIN pg_database ON pg_database.oid = setdatabase WHERE setrole = 10 \gexec
\ir ownership.sql
-- Until every database is done, roles.sh goes on where it was.
COMMENT ON ROLE :"administrator" IS 'ownership is being moved';
\endif
