-- Venues: what edges trade through, and when; orders that take the place of others or live together with them.

-- What was projected before says neither; all of it is folded again from the ledger when the hub starts.
TRUNCATE orders, order_entry, refusal, fill, fill_change, edge_account, corporate_action, corporate_action_effect, adjustment, book_break,
  book_break_entry, position, cash, valuation, incident, sheet, control_set, kill, kill_report, release_note, override_ticket, trust_version,
  facts_file, facts_in_use, instrument, run, set_aside, tally;
UPDATE projection_head SET next_leaf = 0;

-- Each statement of an edge as it was made; the newest of an edge and a connector counts.
CREATE TABLE venue_terms (
  leaf bigint PRIMARY KEY,
  edge text NOT NULL COLLATE "C",
  connector text NOT NULL COLLATE "C",
  title text NOT NULL,
  environment text NOT NULL,
  account text,
  venues jsonb NOT NULL,
  capabilities jsonb NOT NULL,
  exemptions jsonb NOT NULL,
  fill_rules jsonb NOT NULL,
  at text NOT NULL COLLATE "C"
);
CREATE INDEX venue_terms_by_edge ON venue_terms (edge, leaf DESC);
CREATE INDEX venue_terms_by_connector ON venue_terms (connector, edge, leaf DESC);

-- Each time that a run began or went on: the edge then traded through what it had stated last.
CREATE TABLE run_start (
  leaf bigint PRIMARY KEY,
  edge text NOT NULL COLLATE "C",
  run_id text NOT NULL
);
CREATE INDEX run_start_by_edge ON run_start (edge, leaf DESC);

-- What an edge says of the road to its venue and of what came over it.
CREATE INDEX incident_of_venues ON incident (edge, leaf DESC) WHERE code ~ '^(VENUE|ORDER|FILL|RECONCILE)_';

ALTER TABLE orders
  ADD COLUMN stop_price text,
  ADD COLUMN replaces text COLLATE "C",
  ADD COLUMN group_id text COLLATE "C",
  ADD COLUMN group_role text;
CREATE INDEX orders_by_replaced ON orders (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX orders_by_group ON orders (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX orders_by_venue ON orders (venue, intent_leaf DESC);
