-- Projections: each row can be dropped and made again from the ledger. `leaf` names the entry that last changed the row.
CREATE TABLE orders (
  order_id text PRIMARY KEY COLLATE "C",
  edge text NOT NULL,
  environment text NOT NULL,
  legal_entity text NOT NULL,
  desk text NOT NULL,
  trader text NOT NULL,
  client text NOT NULL,
  account text NOT NULL COLLATE "C",
  algorithm text NOT NULL COLLATE "C",
  algorithm_version text NOT NULL,
  capacity text NOT NULL,
  instrument text NOT NULL COLLATE "C",
  venue text NOT NULL,
  side text NOT NULL,
  short_sale_mark text NOT NULL,
  type text NOT NULL,
  time_in_force text NOT NULL,
  quantity text NOT NULL,
  limit_price text,
  currency text NOT NULL,
  decision_maker text NOT NULL,
  executing_person text NOT NULL,
  decided_at text NOT NULL COLLATE "C",
  recorded_at text NOT NULL COLLATE "C",
  state text NOT NULL COLLATE "C",
  filled_quantity text NOT NULL DEFAULT '0',
  refused_by text[] NOT NULL DEFAULT '{}',
  multiplier text NOT NULL DEFAULT '1',
  sheet text,
  controls text,
  intent_leaf bigint NOT NULL,
  leaf bigint NOT NULL
);
CREATE INDEX orders_by_leaf ON orders (intent_leaf DESC);
CREATE INDEX orders_by_state ON orders (state, intent_leaf DESC);
CREATE INDEX orders_by_instrument ON orders (instrument, intent_leaf DESC);
CREATE INDEX orders_by_algorithm ON orders (algorithm, intent_leaf DESC);
CREATE INDEX orders_by_decided ON orders (decided_at, intent_leaf DESC);

-- Each entry that belongs to an order: intent, decision, states, fills.
CREATE TABLE order_entry (
  order_id text NOT NULL COLLATE "C",
  leaf bigint NOT NULL,
  kind text NOT NULL,
  PRIMARY KEY (order_id, leaf)
);

CREATE TABLE refusal (
  leaf bigint NOT NULL,
  ordinal int NOT NULL,
  order_id text NOT NULL COLLATE "C",
  control text NOT NULL COLLATE "C",
  version bigint NOT NULL,
  scope text NOT NULL,
  reason text NOT NULL,
  figures jsonb NOT NULL,
  decided_at text NOT NULL COLLATE "C",
  PRIMARY KEY (leaf, ordinal)
);
CREATE INDEX refusal_by_control ON refusal (control, leaf DESC);

CREATE TABLE fill (
  fill_id text PRIMARY KEY COLLATE "C",
  leaf bigint NOT NULL,
  order_id text NOT NULL COLLATE "C",
  account text NOT NULL COLLATE "C",
  instrument text NOT NULL COLLATE "C",
  venue text NOT NULL,
  side text NOT NULL,
  quantity text NOT NULL,
  price text NOT NULL,
  currency text NOT NULL,
  fee text NOT NULL,
  at text NOT NULL COLLATE "C"
);
CREATE INDEX fill_by_order ON fill (order_id);
CREATE INDEX fill_by_leaf ON fill (leaf DESC);

-- Exact sums per account and instrument; all amounts in `currency`. `cost` is the exact basis, `average_cost` is rounded from it.
CREATE TABLE position (
  account text NOT NULL COLLATE "C",
  instrument text NOT NULL COLLATE "C",
  currency text NOT NULL,
  quantity text NOT NULL,
  cost text NOT NULL,
  average_cost text NOT NULL,
  realised text NOT NULL,
  fees text NOT NULL,
  mark text,
  mark_at text,
  leaf bigint NOT NULL,
  PRIMARY KEY (account, instrument)
);

CREATE TABLE cash (
  account text NOT NULL COLLATE "C",
  currency text NOT NULL,
  amount text NOT NULL,
  deposited text NOT NULL,
  leaf bigint NOT NULL,
  PRIMARY KEY (account, currency)
);

-- Every valuation stays: a second run may value the same market days again.
CREATE TABLE valuation (
  account text NOT NULL COLLATE "C",
  day text NOT NULL COLLATE "C",
  at text NOT NULL COLLATE "C",
  currency text NOT NULL,
  cash text NOT NULL,
  equity text NOT NULL,
  realised text NOT NULL,
  unrealised text NOT NULL,
  fees text NOT NULL,
  leaf bigint NOT NULL,
  PRIMARY KEY (account, leaf)
);

CREATE TABLE incident (
  leaf bigint PRIMARY KEY,
  edge text NOT NULL,
  at text NOT NULL COLLATE "C",
  code text NOT NULL,
  severity text NOT NULL,
  message text NOT NULL,
  hint text
);

-- Documents that decisions name by hash: limit sheets and control sets.
CREATE TABLE sheet (
  sheet text PRIMARY KEY,
  document text NOT NULL,
  leaf bigint NOT NULL
);

CREATE TABLE control_set (
  controls text PRIMARY KEY,
  controls_json jsonb NOT NULL,
  leaf bigint NOT NULL
);

CREATE TABLE trading_state (
  edge text NOT NULL,
  scope text NOT NULL,
  state text NOT NULL,
  halt_epoch bigint NOT NULL,
  reason text NOT NULL,
  leaf bigint NOT NULL,
  PRIMARY KEY (edge, scope)
);

CREATE TABLE run (
  edge text NOT NULL,
  run_id text NOT NULL,
  source text NOT NULL,
  source_hash text NOT NULL,
  instrument text NOT NULL,
  bars bigint NOT NULL,
  first_at text NOT NULL,
  last_at text NOT NULL,
  fill_rules jsonb NOT NULL,
  state text NOT NULL,
  leaf bigint NOT NULL,
  PRIMARY KEY (edge, run_id)
);

-- How far the projections have read the ledger; a rebuild sets it back to zero.
CREATE TABLE projection_head (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  next_leaf bigint NOT NULL
);
INSERT INTO projection_head (next_leaf) VALUES (0);

-- Small running counts, so that an overview of a million entries costs what an overview of ten costs.
CREATE TABLE tally (
  name text PRIMARY KEY COLLATE "C",
  value bigint NOT NULL
);
