-- Complete subtrees of the log from 256 leaves on, so that a proof to an edge reads a few rows instead of the whole log.
-- Smaller ones are hashed from their leaves again. A complete subtree never changes. Rows that a ledger of an earlier release
-- lacks are made when a proof first needs them.
CREATE TABLE ledger_node (
  level int NOT NULL CHECK (level >= 8),
  place bigint NOT NULL,
  hash text NOT NULL COLLATE "C",
  PRIMARY KEY (level, place)
);
