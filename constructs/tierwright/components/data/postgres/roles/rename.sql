-- Logged in as the services' role, which is the first superuser: makes it the administrator's. All of it happens, or nothing.
-- Nobody can rename the role by which he logged in, but for a moment this session belongs to another one.
CREATE ROLE renames_the_first_superuser SUPERUSER;
SET SESSION AUTHORIZATION renames_the_first_superuser;
ALTER ROLE :"user" RENAME TO :"administrator";
RESET SESSION AUTHORIZATION;
DROP ROLE renames_the_first_superuser;
\ir services-role.sql
