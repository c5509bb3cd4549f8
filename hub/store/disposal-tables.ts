/**
 * What a disposal does to a table.
 *
 * Shape: `leaves` are columns that name the entry that a row comes from: a row goes with any of them. `own` rows are found in another
 *        way, which `disposal-rows.ts` says. `kept` tables hold nothing of a record's body, for the reason that is given.
 */
export type DisposalRule =
  | { readonly kind: 'leaves'; readonly columns: readonly string[] }
  | { readonly kind: 'own'; readonly how: string }
  | { readonly kind: 'kept'; readonly why: string };

const leaves = (...columns: readonly string[]): DisposalRule => ({ kind: 'leaves', columns });
const own = (how: string): DisposalRule => ({ kind: 'own', how });
const kept = (why: string): DisposalRule => ({ kind: 'kept', why });

const LOG = 'the log itself: headers, hashes and signatures';
const NOW = 'what the firm holds now, not a record of how it came to it';
const ACCESS = 'who may come in now';
const LIMITS = 'kept by a rule of its own; a disposal of its month is refused while there are any';
const RETENTION = 'decisions on retention, which are never disposed of';
const HEAD = 'how far something was read';

/** Every table of the database with what a disposal does to it; a table that is missing here fails a test. */
export const DISPOSAL_TABLES: Readonly<Record<string, DisposalRule>> = {
  ledger_body: own('the sealed bytes go, the row stays with the name of the disposal'),
  ledger_head: kept(LOG),
  ledger_leaf: kept(LOG),
  ledger_node: kept(LOG),
  checkpoint: kept(LOG),
  stream: kept(LOG),
  record_key: kept('names of keys, never a key'),
  record_key_head: kept(HEAD),
  archive_segment: kept('numbers, hashes and times of segments; their bodies lie sealed in the archive'),
  archive_place: kept('where segments lie and what they wait for'),
  disposal: kept('disposals themselves'),
  schema_migration: kept('steps of the schema'),

  hub_act: leaves('leaf'),
  orders: leaves('intent_leaf', 'leaf'),
  order_entry: leaves('leaf'),
  refusal: leaves('leaf'),
  fill: leaves('leaf', 'changed_leaf'),
  fill_change: leaves('leaf'),
  valuation: leaves('leaf'),
  corporate_action: leaves('leaf'),
  corporate_action_effect: leaves('leaf'),
  adjustment: leaves('leaf'),
  book_break: leaves('found_leaf', 'leaf'),
  book_break_entry: leaves('leaf'),
  incident: leaves('leaf'),
  sheet: leaves('leaf'),
  control_set: leaves('leaf'),
  kill: leaves('leaf', 'release_leaf'),
  kill_report: leaves('leaf'),
  release_note: leaves('leaf'),
  override_ticket: leaves('leaf', 'used_leaf'),
  trust_version: leaves('leaf'),
  facts_file: leaves('leaf'),
  facts_in_use: leaves('leaf'),
  instrument: leaves('leaf'),
  run: leaves('leaf'),
  run_start: leaves('leaf'),
  venue_terms: leaves('leaf'),
  set_aside: leaves('leaf'),

  alarm: own('those about an entry that goes, and all of the month'),
  entry_preview: own('copies of entries that go'),
  quarantine: own('copies whose own header names the class and month'),
  report_run: own('files made of entries that go; that they were made stays'),
  live_row: own('all of them: they are made again from what is left'),
  command_answer: own('the words of the answer go, what the command has come to stays'),

  position: own('what it remembers of executions goes; what is held stays, with the price and time of each open lot'),
  books_carried: own('written anew with the books'),
  cash: kept(NOW),
  rejudgement: kept('counts'),
  rejudgement_finding: own('all of them: what is left is judged again'),

  retention_month: kept('counts by class and month'),
  retention_subject: kept('opaque names by leaf'),
  retention_head: kept(HEAD),
  retention_figures: kept(RETENTION),
  retention_event: kept(RETENTION),
  retention_hold: kept(RETENTION),
  retention_proposal: kept(RETENTION),
  retention_step: kept(RETENTION),
  retention_open_target: kept(RETENTION),
  retention_run: kept(RETENTION),
  retention_finding: kept(RETENTION),

  edge_account: kept(NOW),
  lease_share: kept(NOW),
  tally: kept('counts'),
  projection_head: kept(HEAD),
  limit_head: kept(HEAD),
  lease_head: kept(HEAD),
  learned_head: kept(HEAD),
  given_number: kept('numbers and hashes that were given'),
  heartbeats: kept('the newest word of the hub to each edge'),
  heartbeat_head: kept(HEAD),
  control_objects: kept('documents in force now'),
  commands: kept(LIMITS),
  command_issue: kept(LIMITS),
  limit_sheet: kept(LIMITS),
  limit_acceptance: kept(LIMITS),
  limit_proposal: kept(LIMITS),
  limit_proposal_step: kept(LIMITS),
  proposal_signature: kept(LIMITS),
  dated_file: kept(LIMITS),
  dated_file_body: kept(LIMITS),
  person: kept(ACCESS),
  recovery_code: kept(ACCESS),
  invitation: kept(ACCESS),
  web_session: kept(ACCESS),
  session_step_up: kept(ACCESS),
  login_throttle: kept(ACCESS),
  enrolment: kept(ACCESS),
  device_certificate: kept(ACCESS),
  device_instance: kept(ACCESS),
};

/** The tables that lose rows, with the columns by which they do. */
export const WIPED_BY_LEAF: readonly { readonly table: string; readonly columns: readonly string[] }[] = Object.entries(
  DISPOSAL_TABLES,
).flatMap(([table, rule]) => (rule.kind === 'leaves' ? [{ table, columns: rule.columns }] : []));

/** The tables whose files are written anew after rows went, so that nothing of them stays in the files. */
export const REWRITTEN_TABLES: readonly string[] = Object.entries(DISPOSAL_TABLES).flatMap(([table, rule]) =>
  rule.kind === 'kept' || table === 'ledger_body' ? [] : [table],
);
