-- Books: executions that did not stand, corporate actions, adjustments and breaks; positions by lots, cash by reason.

-- What was projected before says neither lots nor reasons; all of it is folded again from the ledger when the hub starts.
TRUNCATE orders, order_entry, refusal, fill, position, cash, valuation, incident, sheet, control_set, kill, kill_report, release_note,
  override_ticket, trust_version, facts_file, facts_in_use, instrument, run, set_aside, tally;
UPDATE projection_head SET next_leaf = 0;

-- How an execution counts now; the figures beside it stay as the venue first reported them.
ALTER TABLE fill
  ADD COLUMN fee_currency text,
  ADD COLUMN liquidity text,
  ADD COLUMN status text NOT NULL DEFAULT 'stands' CHECK (status IN ('stands', 'corrected', 'busted')),
  ADD COLUMN now_quantity text,
  ADD COLUMN now_price text,
  ADD COLUMN now_fee text,
  ADD COLUMN changed_leaf bigint;

CREATE TABLE fill_change (
  leaf bigint PRIMARY KEY,
  edge text NOT NULL COLLATE "C",
  fill_id text NOT NULL COLLATE "C",
  order_id text NOT NULL COLLATE "C",
  change text NOT NULL,
  at text NOT NULL COLLATE "C",
  reason text NOT NULL
);
CREATE INDEX fill_change_by_fill ON fill_change (fill_id, leaf);

-- From what is kept here the next entry goes on: the steps of a position, the reasons of cash.
ALTER TABLE position ADD COLUMN holding jsonb NOT NULL, ADD COLUMN realised_by_lots text NOT NULL, ADD COLUMN lots bigint NOT NULL;
ALTER TABLE cash ADD COLUMN purse jsonb NOT NULL, ADD COLUMN fees text NOT NULL, ADD COLUMN other text NOT NULL;

-- Which accounts an edge trades in: what it says of an instrument concerns these.
CREATE TABLE edge_account (
  edge text NOT NULL COLLATE "C",
  account text NOT NULL COLLATE "C",
  leaf bigint NOT NULL,
  PRIMARY KEY (edge, account)
);

CREATE TABLE corporate_action (
  edge text NOT NULL COLLATE "C",
  action_id text NOT NULL COLLATE "C",
  instrument text NOT NULL COLLATE "C",
  ex_day text NOT NULL COLLATE "C",
  at text NOT NULL COLLATE "C",
  source text NOT NULL,
  kind text NOT NULL,
  action jsonb NOT NULL,
  -- The new name, where there is one.
  into_instrument text COLLATE "C",
  leaf bigint NOT NULL,
  PRIMARY KEY (edge, action_id)
);

-- An account that trades from two edges is told twice and moved once.
CREATE TABLE corporate_action_effect (
  action_id text NOT NULL COLLATE "C",
  account text NOT NULL COLLATE "C",
  leaf bigint NOT NULL,
  PRIMARY KEY (action_id, account)
);

CREATE TABLE adjustment (
  edge text NOT NULL COLLATE "C",
  adjustment_id text NOT NULL COLLATE "C",
  account text NOT NULL COLLATE "C",
  by_person text NOT NULL,
  reason text NOT NULL,
  break_id text COLLATE "C",
  kind text NOT NULL,
  instrument text,
  currency text NOT NULL,
  quantity text,
  amount text NOT NULL,
  at text NOT NULL COLLATE "C",
  leaf bigint NOT NULL,
  PRIMARY KEY (edge, adjustment_id)
);

-- Differences between records, each as its newest step says; its steps stand beside it.
CREATE TABLE book_break (
  edge text NOT NULL COLLATE "C",
  break_id text NOT NULL COLLATE "C",
  step text NOT NULL,
  subject text NOT NULL,
  first_record text NOT NULL,
  second_record text NOT NULL,
  venue text NOT NULL,
  account text NOT NULL COLLATE "C",
  key text NOT NULL,
  ours text,
  theirs text,
  cause text,
  owner text COLLATE "C",
  since text NOT NULL COLLATE "C",
  at text NOT NULL COLLATE "C",
  note text,
  found_leaf bigint NOT NULL,
  leaf bigint NOT NULL,
  PRIMARY KEY (edge, break_id)
);
CREATE INDEX book_break_by_leaf ON book_break (found_leaf DESC);
CREATE INDEX book_break_open ON book_break (found_leaf DESC) WHERE step <> 'resolved';

CREATE TABLE book_break_entry (
  edge text NOT NULL COLLATE "C",
  break_id text NOT NULL COLLATE "C",
  leaf bigint NOT NULL,
  PRIMARY KEY (edge, break_id, leaf)
);
