import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { compileRules, type RuleSet } from '@gatehouse/compliance/rule-set.ts';
import { demoSheet } from '@gatehouse/compliance/starter-sheet.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import type { BarSeries } from '@gatehouse/shared/market/bar-series.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { lei } from '@gatehouse/shared/values/identifiers.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { onTestFinished } from 'vitest';
import { readDemoFacts } from '../facts/demo-facts.ts';
import { fixedFacts } from '../facts/facts-keeper.ts';
import { SP500_INDEX } from '../feeds/sp500.ts';
import type { Journal } from '../journal/journal-types.ts';
import { openMemoryJournal } from '../journal/memory-journal.ts';
import type { KillSwitch } from '../kill/kill-switch.ts';
import { STRATEGIES } from '../strategies/index.ts';
import type { Connector } from '../venues/define-connector.ts';
import { sim } from '../venues/sim.ts';
import type { Venue, VenueEvent } from '../venues/venue.ts';
import { type Book, createBook } from './book.ts';
import { DEMO_DEPOSIT, DEMO_FEE_BPS, DEMO_IDENTITY } from './demo-account.ts';
import { createEdgeKill } from './edge-kill.ts';
import { createEngine, type Engine } from './engine.ts';
import { fromWireBody } from './entry-wire.ts';
import { strategyBar } from './replay.ts';
import { firstBarToDo, workingOrders } from './resume.ts';

const START = parseInstant('2020-01-01T00:00:00Z');
const RUN = 'R1-00000000';
const READ_MAX = { entries: 1_000_000, bytes: 1_000_000_000 };

/** An edge in memory. */
export interface MemoryEdge {
  readonly engine: Engine;
  readonly book: Book;
  readonly journal: Journal;
  readonly venue: Venue;
  readonly bars: BarSeries;
  /** Where groups end: what a crash leaves is whole groups. */
  readonly groupEnds: readonly number[];
}

/** What an edge in memory starts from. */
export interface MemoryEdgeRequest {
  readonly bars: BarSeries;
  /** The entries that a process before it left. */
  readonly past?: readonly SealedEntry[];
  readonly rules?: RuleSet;
  readonly connector?: Connector;
  /** A venue that outlived the process before, in place of a new one. */
  readonly outlived?: (listener: (event: VenueEvent) => void) => Venue;
}

/** The demonstration's rules. */
export function demoRules(pace: 'daily' | 'minute' = 'daily'): RuleSet {
  const sheet = demoSheet({
    id: 'demo',
    legalEntity: lei(DEMO_IDENTITY.legalEntity),
    accounts: [DEMO_IDENTITY.account],
    from: START,
    maker: DEMO_IDENTITY.trader,
    pace,
  });
  return compileRules({ controls, sheet, sheetHash: '0'.repeat(64) });
}

/** A book with nothing in it. */
export function emptyBook(snapshot?: JsonValue): Book {
  return createBook({ multiplierOf: () => SP500_INDEX.multiplier, snapshot });
}

/** Folds entries as a start does. */
export function foldEntries(book: Book, entries: readonly SealedEntry[]): Book {
  for (const { header, bodyText } of entries) {
    const entry = fromWireBody(header.kind, bodyText);
    if (entry !== undefined) book.fold(entry, parseInstant(header.at));
  }
  return book;
}

/** Starts an edge in memory, settled and ready for its next bar. */
export async function startMemoryEdge(request: MemoryEdgeRequest): Promise<MemoryEdge> {
  const { bars, past = [], rules = demoRules(bars.bar(0).endsDay ? 'daily' : 'minute'), connector = sim } = request;
  const book = foldEntries(emptyBook(), past);
  const { journal } = openMemoryJournal({
    edge: 'test',
    clock: manualClock(START),
    random: (bytes) => new Uint8Array(bytes),
    emptyState: emptyBook().snapshot(),
    onNotice: () => {},
    keep: 'all',
  });
  const groupEnds: number[] = [];
  journal.onDurable((seq) => groupEnds.push(seq));
  journal.append(past.slice(1).map(({ header, bodyText }) => ({ kind: header.kind as never, body: bodyText })));
  const listener = (event: VenueEvent): void => engine.hear(event);
  const venue =
    request.outlived?.(listener) ??
    connector.connect({ instrument: SP500_INDEX, feeBps: DEMO_FEE_BPS, working: workingOrders(book), listener });
  const demo = {
    loaded: { instrument: SP500_INDEX, bars },
    identity: DEMO_IDENTITY,
    strategies: STRATEGIES,
    asOf: START,
  };
  const facts = fixedFacts(readDemoFacts(demo));
  const engine: Engine = createEngine({
    run: RUN,
    book,
    journal,
    venue,
    rules: () => rules,
    identity: DEMO_IDENTITY,
    instrument: SP500_INDEX,
    strategies: STRATEGIES,
    source: 'test bars',
    clock: manualClock(START),
    facts: facts.keeper,
    contact: () => ({ kind: 'stand-alone' }),
    maySend: () => true,
  });
  if (past.length === 0) stageStart(engine, bars, facts.entries);
  await engine.settle();
  return { engine, book, journal, venue, bars, groupEnds };
}

/** The kill switch of an edge in memory, with its file in a folder of the test. Shape: stopped with the test. */
export function switchOf({ engine, book, journal, venue }: MemoryEdge): KillSwitch {
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-kill-'));
  let count = 0;
  const { killSwitch } = createEdgeKill({
    root,
    book,
    journal,
    engine,
    venue,
    instrument: SP500_INDEX,
    identity: DEMO_IDENTITY,
    clock: manualClock(START),
    monotonicMs: () => performance.now(),
    random: (bytes) => {
      count += 1;
      return new Uint8Array(bytes).fill(count);
    },
    onAlarm: () => {},
  });
  killSwitch.start();
  onTestFinished(() => {
    killSwitch.stop();
    rmSync(root, { recursive: true, force: true });
  });
  return killSwitch;
}

/** Shows all bars that may not be done. */
export function runToEnd({ engine, book, bars }: MemoryEdge, until = bars.length): void {
  const from = firstBarToDo(bars, book.progress.run?.progressAt);
  for (let index = 0; index < from; index += 1) engine.warmUp(strategyBar(bars, index));
  for (let index = from; index < until; index += 1) engine.onBar(strategyBar(bars, index));
}

/** All entries of a journal in memory. */
export function entriesOf(journal: Journal): Promise<readonly SealedEntry[]> {
  return journal.read(1, READ_MAX);
}

function stageStart({ recorder }: Engine, bars: BarSeries, facts: readonly EntryBody[]): void {
  for (const entry of facts) recorder.stage(entry);
  const first = bars.bar(0);
  const last = bars.bar(bars.length - 1);
  recorder.stage({
    kind: 'session',
    body: {
      v: 1,
      event: 'run-started',
      release: 'test',
      runtime: 'test',
      run: {
        id: RUN,
        source: 'test bars',
        sourceHash: '0'.repeat(64),
        instrument: SP500_INDEX.id,
        bars: bars.length,
        from: first.openAt,
        to: last.closeAt,
        fillRules: [],
      },
    },
  });
  const { account } = DEMO_IDENTITY;
  const { currency } = SP500_INDEX;
  recorder.stage({
    kind: 'cash',
    body: { v: 1, account, currency, amount: DEMO_DEPOSIT, reason: 'deposit', at: START, note: 'The opening deposit.' },
  });
  recorder.flush();
}
