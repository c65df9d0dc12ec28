-- The first 6 bytes of an id are its millisecond:
-- SELECT LPAD(HEX(UNIX_TIMESTAMP('2027-01-01 00:00:00') * 1000), 12, '0') gives the bound, in a session whose time zone is UTC.
ALTER TABLE events PARTITION BY RANGE COLUMNS (id) (
  PARTITION before_2027_01 VALUES LESS THAN (x'01a2ce8bd400'),
  PARTITION later VALUES LESS THAN (MAXVALUE)
);
