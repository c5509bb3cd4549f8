import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { type Database, inTransaction, type Transaction } from '../../store/database.ts';
import { type LiveRow, lockLiveRows, replaceLiveRows } from '../../store/live-rows.ts';
import { readEdges } from '../../store/pages/edges.ts';
import { pageCommands } from '../../store/pages/edges-commands.ts';
import { type AccountValue, readAccounts, readCurve, readFirm } from '../../store/pages/overview.ts';
import { readLeases } from '../lease-lines.ts';
import { glanceOf } from './glance.ts';
import { type LiveView, viewPath } from './live-view.ts';
import { COMMANDS_SHOWN } from './shown.ts';

/** Keeps the rows that open pages read. */
export interface LiveProjection {
  /**
   * Keeps the rows of a view for a minute from now; resolves only where they are fresh, whoever else watches.
   *
   * Errors: `QUEUE_FULL` where too many views are open; `DATABASE_UNREACHABLE`.
   */
  watch(view: LiveView): Promise<void>;
  close(): Promise<void>;
}

/** What the rows are made with. */
export interface LiveProjectionDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** Tells of each commit until the returned function is called. */
  readonly onCommitted: (listener: () => void) => () => void;
  readonly log: (line: string) => void;
}

/** After a commit the rows are made again at most so often. Units: milliseconds. */
const GAP_MS = 250;
/** What another process of the hub did, and what no commit tells of, is found this soon. Units: milliseconds. */
const LOOK_MS = 1_000;
/** A page that is open asks again within this. Units: milliseconds. */
const WATCHED_MS = 60_000;
/** So often the hub says that the rows are fresh. Units: milliseconds. */
const PULSE_MS = 5_000;
/** Rows that were not looked at for so long are made again before anybody reads them. Units: milliseconds. */
const FRESH_MS_MAX = 10_000;
const VIEWS_MAX = 200;

const OVERVIEW_KINDS = ['counts', 'stream', 'state', 'account', 'curve', 'alarm', 'run', 'refusal'];
const EDGES_KINDS = ['edge', 'lease', 'command'];

/** A view that somebody looks at. Shape: `freshMs` is when its rows were last made. */
interface Watched {
  readonly view: LiveView;
  untilMs: number;
  freshMs: number;
}

/** Makes rows while somebody looks at them; nobody costs nothing. */
export function createLiveProjection(deps: LiveProjectionDeps): LiveProjection {
  const watched = new Map<string, Watched>();
  const look = createLook(deps);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let following: Promise<void> | undefined;
  let isStale = false;
  let lookedMs = 0;
  const tell = onceEach(deps.log);
  const tellTrouble = (error: unknown) => tell(`what open pages show is not fresh: ${describeError(error)}`);

  function refresh(): Promise<void> {
    if (running !== undefined) {
      following ??= running
        .catch(() => {})
        .then(() => {
          following = undefined;
          return refresh();
        });
      return following;
    }
    isStale = false;
    lookedMs = performance.now();
    running = lookAt([...watched.values()]).finally(() => {
      running = undefined;
    });
    return running;
  }
  async function lookAt(all: readonly Watched[]): Promise<void> {
    const begunMs = performance.now();
    await look(all.map(({ view }) => view));
    for (const one of all) one.freshMs = begunMs;
  }
  function tick(): void {
    const now = performance.now();
    for (const [path, { untilMs }] of watched) if (untilMs < now) watched.delete(path);
    if (watched.size === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    if (running !== undefined || (!isStale && now - lookedMs < LOOK_MS)) return;
    refresh().then(() => tell(''), tellTrouble);
  }
  const stop = deps.onCommitted(() => {
    isStale = true;
  });
  return {
    async watch(view) {
      const path = viewPath(view);
      const known = watched.get(path);
      if (known === undefined && watched.size >= VIEWS_MAX)
        throw new KitError('QUEUE_FULL', 'too many pages are live at this moment');
      const one = known ?? { view, untilMs: 0, freshMs: Number.NEGATIVE_INFINITY };
      one.untilMs = performance.now() + WATCHED_MS;
      watched.set(path, one);
      timer ??= setInterval(tick, GAP_MS).unref();
      if (performance.now() - one.freshMs > FRESH_MS_MAX) await refresh();
    },
    close: async () => {
      stop();
      watched.clear();
      clearInterval(timer);
      await (following ?? running)?.catch(() => {});
    },
  };
}

/** Tells a line that is not the one before; an empty one is not told. */
function onceEach(log: (line: string) => void): (line: string) => void {
  let told = '';
  return (line) => {
    if (line !== told && line !== '') log(line);
    told = line;
  };
}

type Look = (views: readonly LiveView[]) => Promise<void>;

function createLook({ database, clock }: LiveProjectionDeps): Look {
  const curves = createCurves();
  let pulsedMs = Number.NEGATIVE_INFINITY;
  return (views) =>
    inTransaction(database, async (tx) => {
      if (views.length === 0) return;
      await lockLiveRows(tx);
      const kinds = new Set(views.map(({ kind }) => kind));
      if (kinds.has('glance')) await replaceLiveRows(tx, { kinds: ['glance'] }, await glanceRows(tx));
      if (kinds.has('overview')) await replaceLiveRows(tx, { kinds: OVERVIEW_KINDS }, await overviewRows(tx, curves));
      if (kinds.has('edges')) await replaceLiveRows(tx, { kinds: EDGES_KINDS }, await edgesRows(tx));
      for (const view of views) if (view.kind === 'edge') await lookAtEdge(tx, view.edge, kinds.has('edges'));
      const now = performance.now();
      if (now - pulsedMs < PULSE_MS) return;
      const body = JSON.stringify({ at: instantText(clock.now()), beat: Math.floor(now) });
      await replaceLiveRows(tx, { kinds: ['pulse'] }, [{ edge: '', kind: 'pulse', key: '', body }]);
      pulsedMs = now;
    });
}

async function glanceRows(tx: Transaction): Promise<readonly LiveRow[]> {
  const [firm, accounts] = [await readFirm(tx), await readAccounts(tx)];
  const curve = await readCurve(tx, accounts[0]?.account ?? '');
  return listed('glance', [glanceOf({ ...firm, accounts, curve })]);
}

async function overviewRows(tx: Transaction, curves: Curves): Promise<readonly LiveRow[]> {
  const { tallies, open, size, streams, states, alarms, runs, refusals } = await readFirm(tx);
  const accounts = await readAccounts(tx);
  const rows: LiveRow[] = [];
  // A curve is long to read and changes with the last value of its account alone.
  for (const account of accounts) rows.push(await curves.rowOf(tx, account));
  return [
    ...rows,
    ...listed('counts', [{ tallies, open, size }]),
    ...streams.filter(({ edge }) => edge !== 'hub').map((stream) => rowOf(stream.edge, 'stream', stream)),
    ...listed('state', states),
    ...listed('account', accounts),
    ...listed('alarm', alarms),
    ...listed('run', runs),
    ...listed('refusal', refusals),
  ];
}

async function edgesRows(tx: Transaction): Promise<readonly LiveRow[]> {
  const edges = await readEdges(tx, {});
  return [
    ...edges.map((row) => rowOf(row.edge, 'edge', row)),
    ...listed('lease', await readLeases(tx), ({ edge }) => edge),
    ...listed('command', await pageCommands(tx, {}, { limit: COMMANDS_SHOWN.edges })),
  ];
}

async function lookAtEdge(tx: Transaction, edge: string, hasEdges: boolean): Promise<void> {
  if (!hasEdges) {
    const rows = (await readEdges(tx, { edge }, 1)).map((row) => rowOf(edge, 'edge', row));
    const leases = listed('lease', await readLeases(tx), (row) => row.edge).filter((row) => row.edge === edge);
    await replaceLiveRows(tx, { kinds: ['edge', 'lease'], edge }, [...rows, ...leases]);
  }
  const commands = await pageCommands(tx, { edge }, { limit: COMMANDS_SHOWN.edge });
  const rows = listed('edge-command', commands, () => edge);
  await replaceLiveRows(tx, { kinds: ['edge-command'], edge }, rows);
}

const KEY_DIGITS = 6;

/** Rows of a list, with their places as keys. */
function listed<Item>(kind: string, items: readonly Item[], edgeOf: (item: Item) => string = () => ''): LiveRow[] {
  return items.map((item, place) => {
    return { edge: edgeOf(item), kind, key: `${place}`.padStart(KEY_DIGITS, '0'), body: JSON.stringify(item) };
  });
}

function rowOf(edge: string, kind: string, item: object): LiveRow {
  return { edge, kind, key: '', body: JSON.stringify(item) };
}

interface Curves {
  rowOf(tx: Transaction, account: AccountValue): Promise<LiveRow>;
}

const CURVES_MAX = 100;

function createCurves(): Curves {
  const known = new Map<string, { readonly mark: string; readonly row: LiveRow }>();
  return {
    async rowOf(tx, value) {
      const { account } = value;
      const mark = JSON.stringify(value);
      const before = known.get(account);
      if (before?.mark === mark) return before.row;
      const row = { edge: '', kind: 'curve', key: account, body: JSON.stringify(await readCurve(tx, account)) };
      if (known.size >= CURVES_MAX) known.clear();
      known.set(account, { mark, row });
      return row;
    },
  };
}
