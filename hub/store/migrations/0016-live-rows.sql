-- What open pages of the console show, ready to be read as shapes: small, made again from the records whenever somebody looks, and never
-- the source of anything. `edge` is empty where a row belongs to no edge; `body` is JSON.
CREATE TABLE live_row (
  edge text NOT NULL COLLATE "C",
  kind text NOT NULL COLLATE "C",
  key text NOT NULL COLLATE "C",
  body text NOT NULL,
  PRIMARY KEY (edge, kind, key)
) WITH (fillfactor = 70);
ALTER TABLE live_row REPLICA IDENTITY FULL;

-- How far a command is stands beside the command, so that lists of many commands are read by an index. It is a projection of the
-- edges' answers, kept in the transaction that changes them.
ALTER TABLE command_issue ADD COLUMN state text NOT NULL DEFAULT 'sent' COLLATE "C"
  CHECK (state IN ('sent', 'received', 'applied', 'refused'));
CREATE INDEX command_issue_by_note ON command_issue (edge, note_hash);

UPDATE command_issue i SET state = a.state FROM command_answer a WHERE a.edge = i.edge AND a.note_hash = i.note_hash;

CREATE FUNCTION command_answered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE command_issue i SET state = c.state FROM changed c
    WHERE i.edge = c.edge AND i.note_hash = c.note_hash AND i.state <> c.state;
  RETURN NULL;
END $$;
CREATE TRIGGER command_is_answered AFTER INSERT ON command_answer
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION command_answered();
CREATE TRIGGER command_is_answered_further AFTER UPDATE ON command_answer
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION command_answered();

-- Answers go only to be made again from the ledger.
CREATE FUNCTION command_unanswered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE command_issue i SET state = 'sent' WHERE i.state <> 'sent' AND NOT EXISTS (
    SELECT 1 FROM command_answer a WHERE a.edge = i.edge AND a.note_hash = i.note_hash);
  RETURN NULL;
END $$;
CREATE TRIGGER command_is_unanswered AFTER DELETE OR TRUNCATE ON command_answer
  FOR EACH STATEMENT EXECUTE FUNCTION command_unanswered();

-- A database that was set back may have the answer before the command.
CREATE FUNCTION command_answered_before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE command_issue i SET state = a.state FROM issued n
    JOIN command_answer a ON a.edge = n.edge AND a.note_hash = n.note_hash
    WHERE i.edge = n.edge AND i.seq = n.seq AND i.state <> a.state;
  RETURN NULL;
END $$;
CREATE TRIGGER command_was_answered AFTER INSERT ON command_issue
  REFERENCING NEW TABLE AS issued FOR EACH STATEMENT EXECUTE FUNCTION command_answered_before();

-- Each filter of the list in the list's own order.
CREATE INDEX command_issue_by_edge ON command_issue (edge, at DESC, seq DESC);
CREATE INDEX command_issue_by_state ON command_issue (state, at DESC, edge DESC, seq DESC);
CREATE INDEX command_issue_by_person ON command_issue (issued_by, at DESC, edge DESC, seq DESC);
CREATE INDEX command_issue_by_id ON command_issue (id);
