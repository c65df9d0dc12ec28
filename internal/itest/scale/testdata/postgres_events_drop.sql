ALTER TABLE events DETACH PARTITION events_before;
DROP TABLE events_before;
