-- Entries that an edge with a long backlog showed ahead of their turn. They are signed by the edge and count for nothing: no
-- leaf, no projection, no acknowledgement. Each goes when the entry itself was taken.
CREATE TABLE entry_preview (
  edge text NOT NULL COLLATE "C",
  epoch int NOT NULL,
  seq bigint NOT NULL,
  kind text NOT NULL COLLATE "C",
  at text NOT NULL COLLATE "C",
  body text NOT NULL,
  shown_at text NOT NULL COLLATE "C",
  PRIMARY KEY (edge, epoch, seq)
);
