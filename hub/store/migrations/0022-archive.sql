-- The segments of the ledger that lie in the archive, each with the hash of its manifest there.
CREATE TABLE archive_segment (
  segment bigint PRIMARY KEY,
  first_leaf bigint NOT NULL UNIQUE,
  last_leaf bigint NOT NULL UNIQUE,
  manifest_hash text NOT NULL,
  at text NOT NULL COLLATE "C",
  retain_until text NOT NULL COLLATE "C",
  objects int NOT NULL,
  bytes bigint NOT NULL,
  place text NOT NULL,
  verified_at text NOT NULL COLLATE "C",
  findings int NOT NULL,
  CHECK (last_leaf >= first_leaf)
);

CREATE INDEX archive_segment_verified_at ON archive_segment (verified_at, segment);

-- What keeps the archive waiting, if anything does, and the last day on which a part of it was read again.
CREATE TABLE archive_state (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  problem text,
  problem_at text COLLATE "C",
  verified_on text COLLATE "C"
);

INSERT INTO archive_state DEFAULT VALUES;
