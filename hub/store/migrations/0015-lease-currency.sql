-- The currency of an edge's amounts. Empty until the edge has put on record what it uses, and again when the firm's currency changes.
ALTER TABLE lease_share ADD COLUMN currency text;
