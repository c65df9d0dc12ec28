-- Whose a mark is: the Change of the request that made it, so that this request alone
-- can take it back. NULL stays for good: nobody takes it back.
ALTER TABLE replays ADD COLUMN change BLOB;
