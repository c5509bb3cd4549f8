-- The places that closed parts of the ledger are archived in, what keeps each waiting, and the last day on which a part was read again.
CREATE TABLE archive_place (
  place text PRIMARY KEY,
  problem text,
  problem_at text COLLATE "C",
  verified_on text COLLATE "C"
);

-- The segments that lie in a place, each with the hash of its manifest there.
CREATE TABLE archive_segment (
  place text NOT NULL REFERENCES archive_place,
  segment bigint NOT NULL,
  first_leaf bigint NOT NULL,
  last_leaf bigint NOT NULL,
  manifest_hash text NOT NULL,
  at text NOT NULL COLLATE "C",
  retain_until text NOT NULL COLLATE "C",
  objects int NOT NULL,
  bytes bigint NOT NULL,
  verified_at text NOT NULL COLLATE "C",
  findings int NOT NULL,
  PRIMARY KEY (place, segment),
  UNIQUE (place, first_leaf),
  CHECK (last_leaf >= first_leaf)
);

CREATE INDEX archive_segment_verified_at ON archive_segment (place, verified_at, segment);
