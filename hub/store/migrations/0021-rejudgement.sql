-- How far the ledger was judged again, and by whom. Each start of the hub begins anew, so that a new release judges everything.
CREATE TABLE rejudgement (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  run text NOT NULL,
  release text NOT NULL,
  started_at text NOT NULL COLLATE "C",
  judged bigint NOT NULL,
  judged_at text NOT NULL COLLATE "C",
  edges int NOT NULL,
  decisions bigint NOT NULL,
  different bigint NOT NULL,
  unreadable bigint NOT NULL,
  positions_at bigint,
  positions int NOT NULL
);

-- What did not come out as recorded; each place is told once, however often it is judged again.
CREATE TABLE rejudgement_finding (
  place text PRIMARY KEY COLLATE "C",
  message text NOT NULL,
  at text NOT NULL COLLATE "C"
);
