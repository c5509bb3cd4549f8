import type { Queries } from '../database.ts';
import { listStreams, type StreamHead } from './ledger.ts';
import { listRefusals, type RefusalRow } from './refusals.ts';

/** What an account was worth at the close of its last market day. Units: sums in `currency`. */
export interface AccountValue {
  readonly account: string;
  readonly day: string;
  readonly at: string;
  readonly currency: string;
  readonly cash: string;
  readonly equity: string;
  readonly realised: string;
  readonly unrealised: string;
  readonly fees: string;
}

/** One day of an equity curve. */
export interface EquityPoint {
  readonly day: string;
  readonly equity: string;
}

/** A stop of trading that nobody has released. Shape: `scope` joins the scopes that an order must lie in. */
export interface TradingStateRow {
  readonly edge: string;
  readonly kill: string;
  readonly scope: string;
  readonly state: string;
  readonly level: string;
  readonly haltEpoch: number;
  readonly reason: string;
  readonly leaf: number;
}

/** Something that a person must look at, from the hub or from an edge. */
export interface AlarmRow {
  readonly at: string;
  readonly code: string;
  readonly severity: string;
  readonly edge: string | null;
  readonly message: string;
  readonly hint: string | null;
  readonly leaf: number | null;
}

export interface RunRow {
  readonly edge: string;
  readonly runId: string;
  readonly source: string;
  readonly instrument: string;
  readonly bars: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly fillRules: readonly string[];
  readonly state: string;
  readonly leaf: number;
}

/** The state of the firm on one page. */
export interface Overview {
  readonly tallies: Readonly<Record<string, number>>;
  readonly open: number;
  readonly size: number;
  readonly streams: readonly StreamHead[];
  readonly states: readonly TradingStateRow[];
  readonly accounts: readonly AccountValue[];
  readonly curve: readonly EquityPoint[];
  readonly alarms: readonly AlarmRow[];
  readonly runs: readonly RunRow[];
  readonly refusals: readonly RefusalRow[];
}

const POINTS_MAX = 500;
const LISTED_MAX = 8;
const ACCOUNTS_MAX = 50;
const STATES_MAX = 100;

/** Reads the overview; its curve is that of one account, the first where none is named. */
export async function readOverview(database: Queries, account: string | undefined): Promise<Overview> {
  const accounts = await readAccounts(database);
  const shown = account ?? accounts[0]?.account ?? '';
  const [rest, curve] = await Promise.all([readFirm(database), readCurve(database, shown)]);
  return { ...rest, accounts, curve };
}

/** Everything of the overview but its accounts, each of which has a curve of its own. */
export async function readFirm(database: Queries): Promise<Omit<Overview, 'accounts' | 'curve'>> {
  const [tallies, counts, streams, states, alarms, runs, refusals] = await Promise.all([
    database<{ name: string; value: number }[]>`SELECT name, value FROM tally LIMIT 1000`,
    readCounts(database),
    listStreams(database),
    readStates(database),
    readAlarms(database),
    readRuns(database),
    listRefusals(database, {}, { limit: LISTED_MAX }),
  ]);
  const byName = Object.fromEntries(tallies.map(({ name, value }) => [name, value]));
  return { tallies: byName, ...counts, streams, states, alarms, runs, refusals };
}

/** The last valuation of each account, found by steps through the key. */
export function readAccounts(database: Queries): Promise<AccountValue[]> {
  return database<AccountValue[]>`
    WITH RECURSIVE step AS (
      SELECT min(account) AS account FROM valuation
      UNION ALL
      SELECT (SELECT min(account) FROM valuation WHERE account > step.account) FROM step WHERE account IS NOT NULL
    )
    SELECT v.account, v.day, v.at, v.currency, v.cash, v.equity, v.realised, v.unrealised, v.fees
    FROM step JOIN LATERAL (
      SELECT * FROM valuation WHERE account = step.account ORDER BY leaf DESC LIMIT 1
    ) v ON true LIMIT ${ACCOUNTS_MAX}`;
}

async function readCounts(database: Queries): Promise<{ readonly open: number; readonly size: number }> {
  const [row] = await database<{ open: number; size: number }[]>`
    SELECT (SELECT count(*) FROM orders WHERE state = ANY('{approved,held,sent,unknown,working,part-filled,cancelling,replacing}'::text[])) AS open,
           coalesce((SELECT size FROM ledger_head), 0) AS size`;
  return row ?? { open: 0, size: 0 };
}

function readStates(database: Queries): Promise<TradingStateRow[]> {
  return database<TradingStateRow[]>`
    SELECT edge, kill_id AS kill, scope, state, level, halt_epoch AS "haltEpoch", reason, leaf FROM trading_state
    ORDER BY leaf DESC LIMIT ${STATES_MAX}`;
}

/**
 * At most `POINTS_MAX` days of the newest run, evenly spread, and always the last.
 *
 * Shape: a run over a past that was valued before begins where a market day does not follow the one recorded before it.
 */
export function readCurve(database: Queries, account: string): Promise<EquityPoint[]> {
  return database<EquityPoint[]>`
    WITH valued AS (
      SELECT leaf, day, equity, lag(day) OVER (ORDER BY leaf) AS day_before FROM valuation WHERE account = ${account}
    ), newest AS (
      SELECT coalesce(max(leaf) FILTER (WHERE day <= day_before), 0) AS leaf FROM valued
    )
    SELECT day, equity FROM (
      SELECT day, equity, row_number() OVER (ORDER BY leaf DESC) - 1 AS place, count(*) OVER () AS days
      FROM valued WHERE leaf >= (SELECT leaf FROM newest)
    ) v WHERE place % greatest(1, ceil(days / ${POINTS_MAX}::numeric)::bigint) = 0 ORDER BY day`;
}

function readAlarms(database: Queries): Promise<AlarmRow[]> {
  return database<AlarmRow[]>`
    SELECT * FROM (
      (SELECT at, code, severity, edge, message, NULL AS hint, leaf FROM alarm ORDER BY id DESC LIMIT ${LISTED_MAX})
      UNION ALL
      (SELECT at, code, severity, edge, message, hint, leaf FROM incident ORDER BY leaf DESC LIMIT ${LISTED_MAX})
    ) a ORDER BY at DESC LIMIT ${LISTED_MAX}`;
}

function readRuns(database: Queries): Promise<RunRow[]> {
  return database<RunRow[]>`
    SELECT edge, run_id AS "runId", source, instrument, bars, first_at AS "firstAt", last_at AS "lastAt",
      fill_rules AS "fillRules", state, leaf
    FROM run ORDER BY leaf DESC LIMIT 5`;
}
