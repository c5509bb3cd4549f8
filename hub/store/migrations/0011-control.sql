-- What the hub tells its edges: current documents, commands and heartbeats. Edges read these tables as shapes, so a change needs the
-- whole row on the wire.

-- The current signed document of a kind and name, one row for each edge that it is for.
CREATE TABLE control_objects (
  edge text NOT NULL COLLATE "C",
  kind text NOT NULL COLLATE "C" CHECK (kind IN
    ('sheet', 'trust', 'lease', 'restricted-list', 'locates', 'sanctions', 'algorithms', 'calendars')),
  name text NOT NULL COLLATE "C",
  version bigint NOT NULL CHECK (version >= 0),
  note text NOT NULL,
  at text NOT NULL COLLATE "C",
  PRIMARY KEY (edge, kind, name)
);
ALTER TABLE control_objects REPLICA IDENTITY FULL;

-- Commands by the number that they have at their edge, from 1 and without gaps.
CREATE TABLE commands (
  edge text NOT NULL COLLATE "C",
  seq bigint NOT NULL CHECK (seq >= 1),
  id text NOT NULL COLLATE "C",
  note text NOT NULL,
  at text NOT NULL COLLATE "C",
  PRIMARY KEY (edge, seq),
  UNIQUE (edge, id)
);
ALTER TABLE commands REPLICA IDENTITY FULL;

-- What is kept of a command beside what travels: readers need no signature to list it.
CREATE TABLE command_issue (
  edge text NOT NULL COLLATE "C",
  seq bigint NOT NULL,
  id text NOT NULL COLLATE "C",
  kind text NOT NULL COLLATE "C",
  effect text NOT NULL COLLATE "C",
  -- SHA-256 over the signed text, by which the edge answers.
  note_hash text NOT NULL COLLATE "C",
  issued_by text NOT NULL,
  reason text NOT NULL,
  target text NOT NULL,
  at text NOT NULL COLLATE "C",
  PRIMARY KEY (edge, seq),
  FOREIGN KEY (edge, seq) REFERENCES commands (edge, seq)
);

CREATE TABLE heartbeats (
  edge text PRIMARY KEY COLLATE "C",
  note text NOT NULL,
  at text NOT NULL COLLATE "C"
);
ALTER TABLE heartbeats REPLICA IDENTITY FULL;

-- The number of the newest heartbeat, apart from the row that travels.
CREATE TABLE heartbeat_head (
  edge text PRIMARY KEY COLLATE "C",
  seq bigint NOT NULL
);

-- How edges answered commands: a projection of their entries, one row for each text that reached an edge.
CREATE TABLE command_answer (
  edge text NOT NULL COLLATE "C",
  note_hash text NOT NULL COLLATE "C",
  command_id text COLLATE "C",
  seq bigint,
  name text COLLATE "C",
  state text NOT NULL CHECK (state IN ('received', 'applied', 'refused')),
  via text NOT NULL,
  result text NOT NULL,
  received_at text COLLATE "C",
  settled_at text COLLATE "C",
  leaf bigint NOT NULL,
  PRIMARY KEY (edge, note_hash)
);
CREATE INDEX command_answer_by_seq ON command_answer (edge, seq);
