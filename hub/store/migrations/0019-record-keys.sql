-- Bodies lie sealed under keys that are kept outside the database, so that records can be disposed of by destroying a key. A body that was
-- stored before lies open until the hub has sealed it; one that was disposed of has neither form, and the name of its disposal.
ALTER TABLE ledger_body
  ALTER COLUMN salt DROP NOT NULL,
  ALTER COLUMN body DROP NOT NULL,
  ADD COLUMN sealed bytea,
  ADD COLUMN record_key text COLLATE "C",
  ADD COLUMN disposal text COLLATE "C";
ALTER TABLE ledger_body ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE ledger_body ADD CONSTRAINT ledger_body_has_one_form CHECK (
  (body IS NOT NULL AND salt IS NOT NULL AND sealed IS NULL AND record_key IS NULL AND disposal IS NULL) OR
  (body IS NULL AND salt IS NULL AND sealed IS NOT NULL AND record_key IS NOT NULL AND disposal IS NULL) OR
  (body IS NULL AND salt IS NULL AND sealed IS NULL AND disposal IS NOT NULL)) NOT VALID;

-- The keys that bodies lie under, by name; the keys themselves are never here. A closed one takes no more bodies.
CREATE TABLE record_key (
  name text PRIMARY KEY COLLATE "C",
  closed_by text COLLATE "C"
);

-- `version` counts closings. Bodies from `sealing_next` up to `sealing_end` were stored open and are still to be sealed; `is_rewritten`
-- says that the files of the table hold none of them any more.
CREATE TABLE record_key_head (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  version bigint NOT NULL,
  sealing_next bigint NOT NULL,
  sealing_end bigint NOT NULL,
  is_rewritten boolean NOT NULL
);
INSERT INTO record_key_head (version, sealing_next, sealing_end, is_rewritten) SELECT 0, 0, size, size = 0 FROM ledger_head;

-- The acts of the hub, so that they can be searched while their bodies are sealed; written in the transaction of each act.
CREATE TABLE hub_act (
  leaf bigint PRIMARY KEY,
  at text NOT NULL COLLATE "C",
  action text NOT NULL COLLATE "C",
  by_person text NOT NULL COLLATE "C",
  from_address text,
  target text COLLATE "C",
  before jsonb,
  after jsonb,
  note text
);
CREATE INDEX hub_act_by_action ON hub_act (action, leaf DESC);
CREATE INDEX hub_act_by_person ON hub_act (by_person, leaf DESC);
CREATE INDEX hub_act_by_target ON hub_act (target, leaf DESC) WHERE target IS NOT NULL;
INSERT INTO hub_act
  SELECT l.leaf, l.at, b.body::jsonb ->> 'action', b.body::jsonb ->> 'by', b.body::jsonb ->> 'from', b.body::jsonb ->> 'target',
    b.body::jsonb -> 'before', b.body::jsonb -> 'after', b.body::jsonb ->> 'note'
  FROM ledger_leaf l JOIN ledger_body b USING (leaf) WHERE l.edge = 'hub' AND l.kind = 'act';

-- Disposals, by how far each has come. What is counted and proven is known once the keys are closed.
CREATE TABLE disposal (
  disposal_id text PRIMARY KEY COLLATE "C",
  target text NOT NULL COLLATE "C",
  state text NOT NULL CHECK (state IN ('approved', 'keys-destroyed', 'rows-wiped', 'scanned', 'certified')),
  record_keys text[] NOT NULL,
  maker text NOT NULL,
  approved_by text[] NOT NULL,
  reason text NOT NULL,
  approved_at text NOT NULL COLLATE "C",
  -- True where a database from a backup had forgotten it.
  is_again boolean NOT NULL,
  leaves bigint,
  first_leaf bigint,
  last_leaf bigint,
  root text,
  certified_at text COLLATE "C",
  final_from text COLLATE "C",
  certificate_leaf bigint
);
CREATE INDEX disposal_by_time ON disposal (approved_at DESC, disposal_id DESC);

-- The books as they stood when records that they rest on were disposed of: a rebuild goes on from here. `next_leaf` is the first leaf that
-- is not in them.
CREATE TABLE books_carried (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  next_leaf bigint NOT NULL,
  positions jsonb NOT NULL,
  cash jsonb NOT NULL
);
