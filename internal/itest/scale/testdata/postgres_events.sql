-- The first 6 bytes of an id are its millisecond.
CREATE FUNCTION id_at(at timestamptz) RETURNS bytea LANGUAGE sql IMMUTABLE
  RETURN decode(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0'), 'hex');

-- Beforehand, while replicas serve: what is there becomes the first partition,
-- and a constraint that is known to hold saves reading it under a lock.
ALTER TABLE events ADD CONSTRAINT events_before CHECK (id < id_at('2027-01-01Z')) NOT VALID;
ALTER TABLE events VALIDATE CONSTRAINT events_before;

BEGIN;
ALTER TABLE events RENAME TO events_before;
ALTER INDEX events_pkey RENAME TO events_before_pkey;
ALTER INDEX events_account RENAME TO events_before_account;
ALTER INDEX events_client RENAME TO events_before_client;
ALTER INDEX events_keep RENAME TO events_before_keep;
CREATE TABLE events (LIKE events_before, PRIMARY KEY (tenant, id)) PARTITION BY RANGE (id);
CREATE INDEX events_account ON events (account, tenant, id);
CREATE INDEX events_client ON events (client, tenant, id);
CREATE INDEX events_keep ON events (keep_until) WHERE keep_until IS NOT NULL;
ALTER TABLE events ATTACH PARTITION events_before FOR VALUES FROM (MINVALUE) TO (id_at('2027-01-01Z'));
CREATE TABLE events_2027_01 PARTITION OF events FOR VALUES FROM (id_at('2027-01-01Z')) TO (id_at('2027-02-01Z'));
CREATE TABLE events_later PARTITION OF events DEFAULT;
COMMIT;
ALTER TABLE events_before DROP CONSTRAINT events_before;
