-- What a database may hold whose services could do everything: one of each kind that has an owner, and privileges of all kinds.
CREATE ROLE reader LOGIN PASSWORD 'r';
CREATE ROLE dev LOGIN PASSWORD 'd';
CREATE ROLE etl;
CREATE ROLE boss SUPERUSER;
GRANT :"role" TO dev WITH ADMIN OPTION;
GRANT etl TO :"role";
GRANT boss TO :"role";
GRANT pg_execute_server_program TO :"role";

CREATE EXTENSION vector;
CREATE SCHEMA app;
CREATE SCHEMA "Odd Schema";
CREATE TABLE app.users (id serial PRIMARY KEY, name text, email text UNIQUE, near vector(3));
INSERT INTO app.users (name, email) SELECT 'name ' || i, 'email ' || i FROM generate_series(1, 1000) AS i;
CREATE TABLE "Odd Schema"."T""x" (id int GENERATED ALWAYS AS IDENTITY, b text);
CREATE TABLE part (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
CREATE UNLOGGED TABLE app.unlogged (x int);
CREATE VIEW app.shown AS SELECT * FROM app.users;
CREATE MATERIALIZED VIEW app.counted AS SELECT count(*) FROM app.users;
CREATE SEQUENCE app.free;
CREATE TYPE app.mood AS ENUM ('good', 'bad');
CREATE TYPE app.pair AS (a int, b text);
CREATE TYPE app.span AS RANGE (subtype = float8);
CREATE DOMAIN app.filled AS text CHECK (value <> '');
CREATE FUNCTION app.same(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION app.who() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT current_user::text';
CREATE PROCEDURE app.nothing() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE app.total(int) (sfunc = int4pl, stype = int);
CREATE AGGREGATE app.median(float8 ORDER BY anyelement)
  (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);
CREATE OPERATOR app.@@@ (leftarg = int, rightarg = int, function = int4pl);
CREATE OPERATOR FAMILY app.family USING btree;
CREATE OPERATOR CLASS app.class FOR TYPE int4 USING btree FAMILY app.family AS FUNCTION 1 btint4cmp(int4, int4);
CREATE COLLATION app.plain FROM "C";
CREATE CONVERSION app.narrow FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
CREATE TEXT SEARCH DICTIONARY app.words (template = simple);
CREATE TEXT SEARCH CONFIGURATION app.search (copy = simple);
CREATE STATISTICS app.both ON name, email FROM app.users;
CREATE PUBLICATION of_users FOR TABLE app.users;
CREATE PUBLICATION of_all FOR ALL TABLES;
SELECT lo_from_bytea(0, 'abc') \g /dev/null
CREATE FOREIGN DATA WRAPPER wrapper;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER wrapper;
CREATE USER MAPPING FOR :"role" SERVER elsewhere OPTIONS (password 'it''s', "a b" 'c');
CREATE FOREIGN TABLE app.foreign (x int) SERVER elsewhere;
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watches ON ddl_command_start EXECUTE FUNCTION watch();

ALTER TABLE app.users ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON app.users TO :"role", reader USING (true);
GRANT USAGE ON SCHEMA app TO reader;
GRANT SELECT ON app.users TO reader WITH GRANT OPTION;
GRANT SELECT (name) ON app.users TO dev;
GRANT UPDATE (b) ON "Odd Schema"."T""x" TO PUBLIC;
GRANT EXECUTE ON FUNCTION app.same(int) TO reader;
REVOKE EXECUTE ON FUNCTION app.same(int) FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT INSERT ON TABLES TO dev WITH GRANT OPTION;
ALTER ROLE :"role" SET search_path TO "$user", app, public;
ALTER ROLE :"role" SET temp_tablespaces TO '';
ALTER ROLE :"role" IN DATABASE :"DBNAME" SET statement_timeout TO '5min';
CREATE TABLE of_reader (x int);
ALTER TABLE of_reader OWNER TO reader;

CREATE DATABASE shadow;
\connect shadow
CREATE TABLE shadows AS SELECT 1 AS one;
