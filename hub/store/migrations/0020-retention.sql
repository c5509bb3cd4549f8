-- How long records are kept. What people decided stands here and, as acts, in the ledger; what follows from it is judged anew each day.

-- How far the ledger was read for what follows. Whoever changes anything of retention locks this row first, so that they come one by one.
CREATE TABLE retention_head (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  next_leaf bigint NOT NULL
);
INSERT INTO retention_head (next_leaf) VALUES (0);

-- The records of each key class by month and kind: what goes together is judged together, by the latest of them.
CREATE TABLE retention_month (
  key_class text NOT NULL COLLATE "C",
  month text NOT NULL COLLATE "C",
  kind text NOT NULL COLLATE "C",
  -- The name of one of the acts, where they are acts.
  action text COLLATE "C",
  records bigint NOT NULL,
  first_leaf bigint NOT NULL,
  last_leaf bigint NOT NULL,
  last_at text NOT NULL COLLATE "C",
  PRIMARY KEY (key_class, month, kind)
);

-- Records whose clock runs for each subject by itself; a subject is an opaque id.
CREATE TABLE retention_subject (
  leaf bigint PRIMARY KEY,
  key_class text NOT NULL COLLATE "C",
  month text NOT NULL COLLATE "C",
  action text NOT NULL COLLATE "C",
  subject text NOT NULL COLLATE "C",
  at text NOT NULL COLLATE "C"
);
CREATE INDEX retention_subject_by_subject ON retention_subject (subject, leaf);
CREATE INDEX retention_subject_by_month ON retention_subject (key_class, month, leaf);

-- The firm's own figures, every version; the newest is in force.
CREATE TABLE retention_figures (
  version bigint PRIMARY KEY,
  document jsonb NOT NULL,
  proposal_id text NOT NULL COLLATE "C",
  at text NOT NULL COLLATE "C"
);

-- Days that start a clock; the newest row about a scope counts, and one without a day takes an earlier one back.
CREATE TABLE retention_event (
  event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event text NOT NULL,
  scope jsonb NOT NULL,
  day text COLLATE "C",
  by_person text NOT NULL,
  reason text NOT NULL,
  at text NOT NULL COLLATE "C"
);

CREATE TABLE retention_hold (
  hold_id text PRIMARY KEY COLLATE "C",
  scope jsonb NOT NULL,
  reason text NOT NULL,
  set_by text NOT NULL,
  set_at text NOT NULL COLLATE "C",
  lifted_by text COLLATE "C",
  lifted_at text COLLATE "C"
);
CREATE INDEX retention_hold_standing ON retention_hold (hold_id) WHERE lifted_at IS NULL;

-- What needs several people: new figures, the end of a hold, a disposal. The newest step says the state.
CREATE TABLE retention_proposal (
  proposal_id text PRIMARY KEY COLLATE "C",
  kind text NOT NULL CHECK (kind IN ('figures', 'lift', 'disposal')),
  content jsonb NOT NULL,
  -- What it is about in one word: a hold, a disposal target, or the version of figures that it starts from.
  target text NOT NULL COLLATE "C",
  maker text NOT NULL,
  needed int NOT NULL CHECK (needed >= 1),
  reason text NOT NULL,
  proposed_at text NOT NULL COLLATE "C",
  expires_at text COLLATE "C"
);
CREATE INDEX retention_proposal_by_time ON retention_proposal (proposed_at DESC, proposal_id DESC);

CREATE TABLE retention_step (
  proposal_id text NOT NULL REFERENCES retention_proposal,
  ordinal bigint NOT NULL,
  event text NOT NULL,
  state text NOT NULL,
  by_person text NOT NULL,
  at text NOT NULL COLLATE "C",
  note text,
  -- The place of the certificate, in the step that finished a disposal.
  certificate bigint,
  PRIMARY KEY (proposal_id, ordinal)
);
-- One target is proposed once at a time; the row goes when its proposal has come to an end.
CREATE TABLE retention_open_target (
  target text PRIMARY KEY COLLATE "C",
  proposal_id text NOT NULL REFERENCES retention_proposal
);

-- One run a day, with the place that it has come to, so that a hub that was killed goes on there.
CREATE TABLE retention_run (
  day text PRIMARY KEY COLLATE "C",
  phase text NOT NULL CHECK (phase IN ('reading', 'periods', 'subjects', 'finished')),
  place text NOT NULL COLLATE "C",
  began_at text NOT NULL COLLATE "C",
  finished_at text COLLATE "C",
  targets bigint NOT NULL
);

-- What a run found that a person has to know: what may or must go, open questions, and held records whose maximum is over.
CREATE TABLE retention_finding (
  day text NOT NULL COLLATE "C" REFERENCES retention_run ON DELETE CASCADE,
  target text NOT NULL COLLATE "C",
  state text NOT NULL,
  records bigint NOT NULL,
  first_leaf bigint NOT NULL,
  last_leaf bigint NOT NULL,
  keep_until text,
  must_go_by text,
  because jsonb NOT NULL,
  PRIMARY KEY (day, target)
);

CREATE TRIGGER retention_figures_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON retention_figures EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retention_event_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON retention_event EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retention_proposal_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON retention_proposal EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retention_step_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON retention_step EXECUTE FUNCTION refuse_change();
