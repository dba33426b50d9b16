-- Services that have gone log in no more.
SELECT format('ALTER ROLE %I NOLOGIN', rolname) FROM pg_roles
WHERE rolcanlogin AND shobj_description(oid, 'pg_authid') = 'the login of a service'
  AND rolname <> ALL (string_to_array(:'logins', ' ')) \gexec
