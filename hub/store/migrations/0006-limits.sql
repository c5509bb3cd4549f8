-- Limits under four eyes. Rows of these tables are added and never changed or removed: each step is a row of its own.

-- Every signed version of a limit sheet, whether it was proposed here or an edge had it first.
CREATE TABLE limit_sheet (
  sheet text PRIMARY KEY COLLATE "C",
  -- Over the signed text alone: the same text with its signatures in another order is the same sheet to people.
  text_hash text NOT NULL COLLATE "C",
  legal_entity text NOT NULL COLLATE "C",
  environment text NOT NULL COLLATE "C",
  sequence bigint NOT NULL,
  sheet_id text NOT NULL,
  maker text NOT NULL,
  checkers text[] NOT NULL,
  reason text NOT NULL,
  document text NOT NULL,
  -- Absent for a sheet that was made and signed without this hub.
  proposal_id text COLLATE "C",
  -- The sheet in force that it was compared with.
  base text,
  is_loosening boolean NOT NULL,
  changes jsonb NOT NULL,
  recorded_at text NOT NULL COLLATE "C"
);
CREATE INDEX limit_sheet_by_line ON limit_sheet (legal_entity, environment, sequence DESC);
CREATE INDEX limit_sheet_by_text ON limit_sheet (text_hash);

-- Each entry by which an edge said that it runs on a sheet from now on. Unverified ones count for no comparison.
CREATE TABLE limit_acceptance (
  leaf bigint PRIMARY KEY,
  edge text NOT NULL COLLATE "C",
  at text NOT NULL COLLATE "C",
  sheet text NOT NULL COLLATE "C" REFERENCES limit_sheet,
  legal_entity text NOT NULL COLLATE "C",
  environment text NOT NULL COLLATE "C",
  sequence bigint NOT NULL,
  is_verified boolean NOT NULL,
  problems jsonb NOT NULL
);
CREATE INDEX limit_acceptance_by_line ON limit_acceptance (legal_entity, environment, sequence DESC, leaf) WHERE is_verified;
CREATE INDEX limit_acceptance_by_sheet ON limit_acceptance (sheet, leaf);

CREATE TABLE limit_proposal (
  proposal_id text PRIMARY KEY COLLATE "C",
  legal_entity text NOT NULL COLLATE "C",
  environment text NOT NULL COLLATE "C",
  sequence bigint NOT NULL,
  sheet_id text NOT NULL,
  base text,
  maker text NOT NULL,
  reason text NOT NULL,
  needs_checker boolean NOT NULL,
  is_loosening boolean NOT NULL,
  changes jsonb NOT NULL,
  proposed_at text NOT NULL COLLATE "C"
);
CREATE INDEX limit_proposal_by_line ON limit_proposal (legal_entity, environment);
CREATE INDEX limit_proposal_by_time ON limit_proposal (proposed_at DESC, proposal_id DESC);

-- The newest step says the state. `unsigned_text` is what is to be signed from this step on, where the step changed it.
CREATE TABLE limit_proposal_step (
  proposal_id text NOT NULL REFERENCES limit_proposal,
  ordinal bigint NOT NULL,
  event text NOT NULL,
  state text NOT NULL,
  by_person text NOT NULL,
  at text NOT NULL COLLATE "C",
  note text,
  unsigned_text text,
  PRIMARY KEY (proposal_id, ordinal)
);

CREATE TABLE proposal_signature (
  proposal_id text NOT NULL REFERENCES limit_proposal,
  signer text NOT NULL,
  line text NOT NULL,
  uploaded_by text NOT NULL,
  at text NOT NULL COLLATE "C",
  PRIMARY KEY (proposal_id, signer)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME;
END $$;
CREATE TRIGGER limit_sheet_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON limit_sheet EXECUTE FUNCTION refuse_change();
CREATE TRIGGER limit_acceptance_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON limit_acceptance EXECUTE FUNCTION refuse_change();
CREATE TRIGGER limit_proposal_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON limit_proposal EXECUTE FUNCTION refuse_change();
CREATE TRIGGER limit_proposal_step_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON limit_proposal_step EXECUTE FUNCTION refuse_change();
CREATE TRIGGER proposal_signature_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON proposal_signature EXECUTE FUNCTION refuse_change();

-- How far the ledger was read for accepted sheets; whoever changes limits locks this row first, so that they come one by one.
CREATE TABLE limit_head (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  next_leaf bigint NOT NULL
);
INSERT INTO limit_head (next_leaf) VALUES (0);

-- When a session last proved its second factor again. It goes with its session.
CREATE TABLE session_step_up (
  session_hash text PRIMARY KEY REFERENCES web_session ON DELETE CASCADE,
  at text NOT NULL COLLATE "C"
);
