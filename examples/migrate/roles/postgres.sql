-- Run once by a superuser, in the provider's database, before the first step.
-- keywright_owner takes the steps; keywright_app serves, and cannot change the
-- schema. Give each a password: \password keywright_app
CREATE ROLE keywright_owner LOGIN;
CREATE ROLE keywright_app LOGIN;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO keywright_owner;
GRANT USAGE ON SCHEMA public TO keywright_app;
ALTER DEFAULT PRIVILEGES FOR ROLE keywright_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO keywright_app;
