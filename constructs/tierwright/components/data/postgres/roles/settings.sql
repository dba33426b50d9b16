-- Names and passwords come from the environment: on a command line other processes could read them.
\set administrator `printenv POSTGRES_USER`
\set administrator_password `printenv POSTGRES_PASSWORD`
\set user `printenv SERVICES_USER`
\set user_password `printenv SERVICES_PASSWORD`
\set database `printenv POSTGRES_DB`
-- Statements with passwords do not belong in the server's log.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SET client_min_messages = warning;
SET password_encryption = 'scram-sha-256';
SET lock_timeout = '30s';
SET search_path = pg_catalog;
