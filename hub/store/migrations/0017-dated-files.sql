-- Dated files that people signed for all edges of a legal entity: every version with its document, by its number.
CREATE TABLE dated_file (
  legal_entity text NOT NULL COLLATE "C",
  environment text NOT NULL COLLATE "C",
  kind text NOT NULL COLLATE "C",
  sequence bigint NOT NULL CHECK (sequence >= 1),
  note_hash text NOT NULL COLLATE "C",
  content_hash text NOT NULL COLLATE "C",
  note text NOT NULL,
  reason text NOT NULL,
  signed_by text NOT NULL,
  is_loosening boolean NOT NULL,
  changes text NOT NULL,
  published_by text NOT NULL,
  at text NOT NULL COLLATE "C",
  PRIMARY KEY (legal_entity, environment, kind, sequence)
);
CREATE INDEX dated_file_by_note ON dated_file (note_hash);
CREATE INDEX dated_file_by_content ON dated_file (content_hash);

-- Their texts and documents by the SHA-256 of their bytes. They are read piece by piece, so they are not compressed.
CREATE TABLE dated_file_body (
  hash text PRIMARY KEY COLLATE "C",
  bytes bytea NOT NULL
);
ALTER TABLE dated_file_body ALTER COLUMN bytes SET STORAGE EXTERNAL;
