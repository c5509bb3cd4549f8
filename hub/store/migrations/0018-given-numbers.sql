-- The highest number that was ever given of what edges take only once: by a file beside the database, and by what edges sent back. A
-- database from a backup gives higher ones only. `what` is command, file or sheet; `hash` is that of a file's document, else empty.
CREATE TABLE given_number (
  what text NOT NULL COLLATE "C" CHECK (what IN ('command', 'file', 'sheet')),
  name text NOT NULL COLLATE "C",
  number bigint NOT NULL CHECK (number >= 1),
  hash text NOT NULL COLLATE "C",
  PRIMARY KEY (what, name)
);

-- How far the ledger was read for what edges have and this hub may lack. What is there already was given by this hub.
CREATE TABLE learned_head (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  next_leaf bigint NOT NULL
);
INSERT INTO learned_head (next_leaf) SELECT coalesce(max(leaf) + 1, 0) FROM ledger_leaf;
