-- The ledger: one Merkle log for all streams. Leaves are never changed or removed; bodies lie beside them so that one can be
-- destroyed and the log still verifies. Times are text in UTC with nine digits, which sort as they read.
CREATE TABLE ledger_head (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  size bigint NOT NULL,
  frontier jsonb NOT NULL,
  root text NOT NULL
);
-- The root of a log without leaves is the SHA-256 of nothing.
INSERT INTO ledger_head (size, frontier, root) VALUES (0, '[]', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');

CREATE TABLE ledger_leaf (
  leaf bigint PRIMARY KEY,
  edge text NOT NULL COLLATE "C",
  epoch int NOT NULL,
  seq bigint NOT NULL,
  kind text NOT NULL COLLATE "C",
  at text NOT NULL COLLATE "C",
  hash text NOT NULL COLLATE "C",
  header text NOT NULL,
  UNIQUE (edge, epoch, seq)
);
CREATE INDEX ledger_leaf_kind ON ledger_leaf (kind, leaf);

-- No foreign key: leaf and body come in one transaction, the check would cost as much as the insert, and verify finds a gap.
CREATE TABLE ledger_body (
  leaf bigint PRIMARY KEY,
  salt bytea NOT NULL,
  body text NOT NULL
);

CREATE TABLE checkpoint (
  size bigint PRIMARY KEY,
  root text NOT NULL,
  note text NOT NULL,
  at text NOT NULL COLLATE "C"
);

-- One row per source of entries. `hub` is a stream like any other.
CREATE TABLE stream (
  edge text PRIMARY KEY COLLATE "C",
  verifier_key text NOT NULL,
  epoch int NOT NULL,
  seq bigint NOT NULL,
  hash text NOT NULL,
  last_leaf bigint,
  status text NOT NULL CHECK (status IN ('live', 'quarantined')),
  registered_at text NOT NULL,
  last_batch_at text,
  reported_seq bigint
);

-- Both copies of a contested entry, and entries that fail their checks. `content_hash` is over header, salt and body, so that
-- a copy that is sent again is stored once, whatever its length.
CREATE TABLE quarantine (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  edge text NOT NULL COLLATE "C",
  epoch bigint NOT NULL,
  seq bigint NOT NULL,
  -- Signed by the edge's own key, or proving nothing against it; each has its own bound.
  proof text NOT NULL CHECK (proof IN ('signed', 'suspect')),
  reason text NOT NULL,
  content_hash text NOT NULL,
  header text NOT NULL,
  salt bytea NOT NULL,
  body text NOT NULL,
  at text NOT NULL COLLATE "C",
  UNIQUE (edge, epoch, seq, content_hash)
);

-- Leaves whose kind or form this release cannot read: kept, acked, projected by a later rebuild.
CREATE TABLE set_aside (
  leaf bigint PRIMARY KEY REFERENCES ledger_leaf,
  reason text NOT NULL
);

CREATE TABLE alarm (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at text NOT NULL COLLATE "C",
  code text NOT NULL,
  severity text NOT NULL CHECK (severity IN ('notice', 'warning', 'alarm')),
  edge text,
  message text NOT NULL,
  leaf bigint
);
CREATE INDEX alarm_by_code ON alarm (code, at);
