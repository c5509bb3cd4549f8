-- People who use the console. Ids are opaque and appear in the ledger; login names stay here.
CREATE TABLE person (
  person_id text PRIMARY KEY COLLATE "C",
  login text NOT NULL UNIQUE,
  role text NOT NULL,
  password_hash text NOT NULL,
  totp_secret_sealed text NOT NULL,
  totp_last_step bigint NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'disabled')),
  created_at text NOT NULL COLLATE "C"
);

CREATE TABLE recovery_code (
  person_id text NOT NULL REFERENCES person,
  code_hash text NOT NULL,
  used_at text,
  PRIMARY KEY (person_id, code_hash)
);

-- First-run and invitation links; only a hash of the token is kept. `enrolment` holds the unfinished second factor.
CREATE TABLE invitation (
  token_hash text PRIMARY KEY,
  role text NOT NULL,
  invited_by text,
  created_at text NOT NULL COLLATE "C",
  expires_at text NOT NULL COLLATE "C",
  used_at text,
  totp_secret_sealed text
);

CREATE TABLE web_session (
  session_hash text PRIMARY KEY,
  person_id text NOT NULL REFERENCES person,
  created_at text NOT NULL COLLATE "C",
  seen_at text NOT NULL COLLATE "C",
  address text NOT NULL
);

CREATE TABLE login_throttle (
  subject text PRIMARY KEY,
  failures int NOT NULL,
  blocked_until text
);

-- Each making of a report, with all that is needed to make it again.
CREATE TABLE report_run (
  run_id text PRIMARY KEY COLLATE "C",
  report text NOT NULL,
  first_leaf bigint NOT NULL,
  end_leaf bigint NOT NULL,
  parameters jsonb NOT NULL,
  data_hash text NOT NULL,
  code_version text NOT NULL,
  made_at text NOT NULL COLLATE "C",
  made_by text NOT NULL,
  outputs jsonb NOT NULL
);
