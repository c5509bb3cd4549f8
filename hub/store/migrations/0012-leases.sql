-- Parts of a firm-wide threshold that edges may use. What an edge says about them are entries of its journal; what was granted is here,
-- and each grant is an act of stream hub.
CREATE TABLE lease_share (
  legal_entity text NOT NULL COLLATE "C",
  environment text NOT NULL COLLATE "C",
  threshold text NOT NULL COLLATE "C",
  edge text NOT NULL COLLATE "C",
  version bigint NOT NULL CHECK (version >= 0),
  -- What the newest lease names, and the most that any lease names that the edge may still go by.
  amount text NOT NULL,
  out text NOT NULL,
  used text NOT NULL,
  cap text NOT NULL,
  PRIMARY KEY (legal_entity, environment, threshold, edge)
);

-- How far the ledger was read for what edges say of leases; whoever grants locks this row first, so that grants come one by one.
CREATE TABLE lease_head (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  next_leaf bigint NOT NULL
);
INSERT INTO lease_head (next_leaf) VALUES (0);
