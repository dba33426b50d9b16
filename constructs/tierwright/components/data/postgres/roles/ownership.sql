-- Moves what the administrator owns in this database to the services' role; the privileges that others have on it stay.

-- What that is: nothing that PostgreSQL or an extension brought, or that must belong to a superuser.
CREATE TEMPORARY VIEW owned AS
SELECT kind, (pg_identify_object(class, id, 0)).identity AS name
FROM (
  SELECT 'SCHEMA' AS kind, 'pg_namespace'::regclass AS class, oid AS id, nspowner AS owner FROM pg_namespace
  WHERE nspname !~ '^pg_'
  UNION ALL
  SELECT CASE relkind
      WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE'
    END, 'pg_class'::regclass, oid, relowner
  FROM pg_class
  -- A sequence that belongs to a column goes with its table.
  WHERE relkind IN ('r', 'p', 'S', 'v', 'm', 'f') AND relpersistence <> 't' AND NOT (relkind = 'S' AND EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid
      AND refclassid = 'pg_class'::regclass AND deptype = 'a'))
  UNION ALL
  SELECT 'TYPE', 'pg_type'::regclass, oid, typowner FROM pg_type
  WHERE typnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_')
  UNION ALL
  SELECT 'ROUTINE', 'pg_proc'::regclass, oid, proowner FROM pg_proc
  WHERE pronamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_')
    -- They run as whoever changes the database, so as the administrator too.
    AND oid NOT IN (SELECT evtfoid FROM pg_event_trigger)
  UNION ALL
  SELECT 'OPERATOR', 'pg_operator'::regclass, oid, oprowner FROM pg_operator
  UNION ALL
  SELECT 'OPERATOR CLASS', 'pg_opclass'::regclass, oid, opcowner FROM pg_opclass
  UNION ALL
  SELECT 'OPERATOR FAMILY', 'pg_opfamily'::regclass, oid, opfowner FROM pg_opfamily
  UNION ALL
  SELECT 'COLLATION', 'pg_collation'::regclass, oid, collowner FROM pg_collation
  UNION ALL
  SELECT 'CONVERSION', 'pg_conversion'::regclass, oid, conowner FROM pg_conversion
  UNION ALL
  SELECT 'TEXT SEARCH DICTIONARY', 'pg_ts_dict'::regclass, oid, dictowner FROM pg_ts_dict
  UNION ALL
  SELECT 'TEXT SEARCH CONFIGURATION', 'pg_ts_config'::regclass, oid, cfgowner FROM pg_ts_config
  UNION ALL
  SELECT 'STATISTICS', 'pg_statistic_ext'::regclass, oid, stxowner FROM pg_statistic_ext
  UNION ALL
  SELECT 'SERVER', 'pg_foreign_server'::regclass, oid, srvowner FROM pg_foreign_server
  UNION ALL
  SELECT 'LARGE OBJECT', 'pg_largeobject'::regclass, oid, lomowner FROM pg_largeobject_metadata
  UNION ALL
  -- A publication of all tables, or of whole schemas, must belong to a superuser.
  SELECT 'PUBLICATION', 'pg_publication'::regclass, oid, pubowner FROM pg_publication
  WHERE NOT puballtables AND NOT EXISTS (SELECT FROM pg_publication_namespace WHERE pnpubid = pg_publication.oid)
) AS everything
WHERE owner = 10 AND (id >= 16384 OR (kind = 'SCHEMA' AND id = 'public'::regnamespace)) AND NOT EXISTS (
  -- e: an extension's; i: made with something else, and goes with it.
  SELECT FROM pg_depend WHERE classid = class AND objid = id AND objsubid = 0 AND deptype IN ('e', 'i'));
SELECT count(*) > 0 AS any, format('%s: %s objects belong to %s now', current_database(), count(*), :'user') AS moved
FROM owned \gset
SELECT format('ALTER DATABASE %I OWNER TO %I', datname, :'user')
FROM pg_database WHERE datname = current_database() AND datdba = 10 \gexec
SELECT format('ALTER %s %s OWNER TO %I', kind, name, :'user') FROM owned \gexec
-- Policies that name the role.
SELECT format('ALTER POLICY %I ON %s TO %s', polname, polrelid::regclass, (
  SELECT string_agg(CASE role WHEN 0 THEN 'PUBLIC' WHEN 10 THEN quote_ident(:'user') ELSE role::regrole::text END, ', ')
  FROM unnest(polroles) AS role))
FROM pg_policy WHERE 10 = ANY (polroles) \gexec
-- Its logins to foreign servers.
SELECT format('CREATE USER MAPPING FOR %I SERVER %I%s', :'user', srvname, (
    SELECT ' OPTIONS (' || string_agg(format('%I %L', option_name, option_value), ', ') || ')'
    FROM pg_options_to_table(umoptions))),
  format('DROP USER MAPPING FOR %I SERVER %I', :'administrator', srvname)
FROM pg_user_mapping JOIN pg_foreign_server ON pg_foreign_server.oid = umserver WHERE umuser = 10 \gexec
-- The privileges that what it makes later has from the beginning. Those of one schema add to the general ones.
CREATE TEMPORARY VIEW later AS
SELECT defaclnamespace AS schema, objtype, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS grantee,
  grantee = 10 AS own, privilege_type, is_grantable,
  CASE WHEN defaclnamespace = 0 THEN '' ELSE format(' IN SCHEMA %s', defaclnamespace::regnamespace) END AS place
FROM (
  SELECT *, CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES'
    ELSE 'SCHEMAS' END AS objtype
  FROM pg_default_acl WHERE defaclrole = 10
) AS defaults, aclexplode(defaclacl);
CREATE TEMPORARY TABLE changes AS
  SELECT 1 AS step,
    format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE ALL ON %s FROM PUBLIC, %I', :'user', objtype, :'user') AS change
  FROM later WHERE schema = 0
UNION
  SELECT 2, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s GRANT %s ON %s TO %s%s', :'user', place, privilege_type, objtype,
    CASE WHEN own THEN quote_ident(:'user') ELSE grantee END, CASE WHEN is_grantable AND NOT own THEN ' WITH GRANT OPTION' END)
  FROM later
UNION
  SELECT 3, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE ALL ON %s FROM %s', :'administrator', place, objtype, grantee)
  FROM later
UNION
  SELECT 4, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT ALL ON %s TO %I%s', :'administrator', objtype, :'administrator',
    CASE WHEN objtype IN ('ROUTINES', 'TYPES') THEN ', PUBLIC' END)
  FROM later WHERE schema = 0;
SELECT change FROM changes ORDER BY step \gexec
DROP TABLE changes;
DROP VIEW later;
DO $$ BEGIN
  IF EXISTS (SELECT FROM owned) THEN
    RAISE EXCEPTION 'not moved: %', (SELECT string_agg(kind || ' ' || name, ', ') FROM owned);
  END IF;
END $$;
DROP VIEW owned;
\if :any
\echo :moved
\endif
