-- Kills, releases, overrides, trust and dated files, each folded from the ledger like every projection.

-- Every stop of trading, by the edge and its own id; a release fills the last columns.
CREATE TABLE kill (
  edge text NOT NULL COLLATE "C",
  kill_id text NOT NULL COLLATE "C",
  -- An order is stopped where it lies in all of these scopes.
  scopes text[] NOT NULL,
  level text NOT NULL,
  halt_epoch bigint NOT NULL,
  killed_by text NOT NULL,
  reason text NOT NULL,
  at text NOT NULL COLLATE "C",
  breaker text,
  figures jsonb NOT NULL,
  leaf bigint NOT NULL,
  released_by text[] NOT NULL DEFAULT '{}',
  released_at text,
  release_reason text,
  release_leaf bigint,
  PRIMARY KEY (edge, kill_id)
);
CREATE INDEX kill_by_leaf ON kill (leaf DESC);
CREATE INDEX kill_in_force ON kill (leaf DESC) WHERE release_leaf IS NULL;

-- How far a kill has come at one venue: the newest report of it.
CREATE TABLE kill_report (
  edge text NOT NULL COLLATE "C",
  kill_id text NOT NULL COLLATE "C",
  venue text NOT NULL COLLATE "C",
  sent bigint NOT NULL,
  acknowledged bigint NOT NULL,
  remaining bigint NOT NULL,
  unknown bigint NOT NULL,
  failed bigint NOT NULL,
  -- What a flatten still has to close; null for other kills.
  positions bigint,
  elapsed_ms bigint NOT NULL,
  is_done text NOT NULL CHECK (is_done IN ('yes', 'no')),
  leaf bigint NOT NULL,
  PRIMARY KEY (edge, kill_id, venue)
);

-- Signed notes as edges accepted them.
CREATE TABLE release_note (
  leaf bigint PRIMARY KEY,
  edge text NOT NULL COLLATE "C",
  kill_id text NOT NULL COLLATE "C",
  document text NOT NULL
);

CREATE TABLE override_ticket (
  edge text NOT NULL COLLATE "C",
  ticket text NOT NULL COLLATE "C",
  document text NOT NULL,
  leaf bigint NOT NULL,
  -- The order that used it up, once one has.
  order_id text COLLATE "C",
  used_leaf bigint,
  PRIMARY KEY (edge, ticket)
);

CREATE TABLE trust_version (
  edge text NOT NULL COLLATE "C",
  version bigint NOT NULL,
  hash text NOT NULL,
  document text NOT NULL,
  leaf bigint NOT NULL,
  PRIMARY KEY (edge, version)
);

-- Dated files by the hash of their exact text; who used which from when stands beside.
CREATE TABLE facts_file (
  hash text PRIMARY KEY,
  kind text NOT NULL COLLATE "C",
  as_of text NOT NULL COLLATE "C",
  source text NOT NULL,
  leaf bigint NOT NULL
);

CREATE TABLE facts_in_use (
  leaf bigint PRIMARY KEY,
  edge text NOT NULL COLLATE "C",
  kind text NOT NULL COLLATE "C",
  hash text NOT NULL,
  files text NOT NULL COLLATE "C"
);
CREATE INDEX facts_in_use_by_kind ON facts_in_use (edge, kind, leaf DESC);

-- The instruments of each edge as its newest file has them.
CREATE TABLE instrument (
  edge text NOT NULL COLLATE "C",
  instrument text NOT NULL COLLATE "C",
  title text NOT NULL,
  currency text NOT NULL,
  asset_class text NOT NULL,
  sector text NOT NULL,
  multiplier text NOT NULL,
  leaf bigint NOT NULL,
  PRIMARY KEY (edge, instrument)
);

-- A multiplier that no file names is not known, and is not one.
ALTER TABLE orders ALTER COLUMN multiplier DROP NOT NULL, ALTER COLUMN multiplier DROP DEFAULT;

-- A refusal that a signed ticket set aside stands among the refusals.
ALTER TABLE refusal ADD COLUMN verdict text NOT NULL DEFAULT 'refuse';

-- Where trading is not open follows from kills that nobody released.
DROP TABLE trading_state;
CREATE VIEW trading_state AS
  SELECT edge, kill_id, scopes, array_to_string(scopes, ' + ') AS scope,
    CASE level WHEN 'pause' THEN 'reducing' ELSE 'halted' END AS state, level, halt_epoch, killed_by, reason, at, leaf
  FROM kill WHERE release_leaf IS NULL;
