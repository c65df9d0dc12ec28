-- Run once by root, before the first step.
-- keywright_owner takes the steps; keywright_app serves, and cannot change the
-- schema. Give each a password: ALTER USER keywright_app IDENTIFIED BY '…';
CREATE DATABASE keywright;
CREATE USER keywright_owner;
CREATE USER keywright_app;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON keywright.* TO keywright_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON keywright.* TO keywright_app;
