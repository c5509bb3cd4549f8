-- Edges that ask to be let in, the certificates that let them in, and where they were seen. Times are text in UTC with nine digits.

-- One row per token. Of the token only the hash of its secret is kept. What a person decided is on record in stream `hub` too.
CREATE TABLE enrolment (
  enrolment_id text PRIMARY KEY COLLATE "C",
  edge text NOT NULL COLLATE "C",
  state text NOT NULL CHECK (state IN
    ('token-issued', 'requested', 'approved', 'refused', 'expired', 'active', 'renewed', 'revoked')),
  secret_hash text NOT NULL,
  issued_by text NOT NULL,
  issued_at text NOT NULL COLLATE "C",
  -- The end of the token, then of the time to decide, then of the newest certificate.
  ends_at text NOT NULL COLLATE "C",
  note text,
  verifier_key text,
  csr text,
  csr_key text,
  machine jsonb,
  address text,
  requested_at text COLLATE "C",
  decided_by text,
  decided_at text COLLATE "C",
  reason text,
  certificate text,
  serial text,
  renewed_at text COLLATE "C",
  seen_at text COLLATE "C"
);
CREATE UNIQUE INDEX enrolment_live ON enrolment (edge) WHERE state IN ('approved', 'active', 'renewed');
CREATE INDEX enrolment_by_edge ON enrolment (edge, issued_at DESC);
CREATE INDEX enrolment_by_end ON enrolment (ends_at) WHERE state NOT IN ('refused', 'expired', 'revoked');

-- Every certificate that was issued, for whoever asks later which one a connection showed.
CREATE TABLE device_certificate (
  serial text PRIMARY KEY COLLATE "C",
  enrolment_id text NOT NULL REFERENCES enrolment,
  issued_at text NOT NULL COLLATE "C",
  ends_at text NOT NULL COLLATE "C",
  certificate text NOT NULL
);
CREATE INDEX device_certificate_by_enrolment ON device_certificate (enrolment_id, issued_at DESC);

-- Each run of an edge's process in the order in which it was first seen. An older one that comes back lives on beside a newer one:
-- two machines then use one name.
CREATE TABLE device_instance (
  ordinal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  edge text NOT NULL COLLATE "C",
  instance text NOT NULL,
  first_seen_at text NOT NULL COLLATE "C",
  seen_at text NOT NULL COLLATE "C",
  UNIQUE (edge, instance)
);
CREATE INDEX device_instance_by_edge ON device_instance (edge, ordinal DESC);
