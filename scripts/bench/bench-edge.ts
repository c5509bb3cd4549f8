import { randomBytes } from 'node:crypto';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { compileRules } from '@gatehouse/compliance/rule-set.ts';
import { demoSheet } from '@gatehouse/compliance/starter-sheet.ts';
import { type Book, createBook } from '@gatehouse/edge/engine/book.ts';
import { DEMO_DEPOSIT, DEMO_IDENTITY } from '@gatehouse/edge/engine/demo-account.ts';
import { createEngine, type Engine } from '@gatehouse/edge/engine/engine.ts';
import { readDemoFacts } from '@gatehouse/edge/facts/demo-facts.ts';
import { fixedFacts } from '@gatehouse/edge/facts/facts-keeper.ts';
import { SP500_INDEX } from '@gatehouse/edge/feeds/sp500.ts';
import { openJournal } from '@gatehouse/edge/journal/journal.ts';
import type { Journal } from '@gatehouse/edge/journal/journal-types.ts';
import type { Strategy } from '@gatehouse/edge/strategies/define-strategy.ts';
import type { Venue, VenueEvent } from '@gatehouse/edge/venues/venue.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import type { BarSeries } from '@gatehouse/shared/market/bar-series.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { lei } from '@gatehouse/shared/values/identifiers.ts';

/** An edge with its whole gate and its journal on disk, whose venue is given. */
export interface BenchEdge {
  readonly engine: Engine;
  readonly book: Book;
  readonly journal: Journal;
}

/** What an edge of a bench is made of. */
export interface BenchEdgeRequest {
  readonly folder: string;
  readonly bars: BarSeries;
  readonly strategies: readonly Strategy[];
  readonly connect: (listener: (event: VenueEvent) => void) => Venue;
}

/** Opens the edge of a bench. Errors: those of `openJournal`. */
export async function openBenchEdge({ folder, bars, strategies, connect }: BenchEdgeRequest): Promise<BenchEdge> {
  const clock = systemClock();
  const from = bars.bar(0).openAt;
  const book = createBook({ multiplierOf: () => SP500_INDEX.multiplier });
  const { journal } = await openJournal({
    folder,
    edge: 'bench',
    signer: generateSigner('bench'),
    clock,
    random: (bytes) => randomBytes(bytes),
    emptyState: book.snapshot(),
    onNotice: () => {},
  });
  const venue = connect((event) => engine.hear(event));
  const facts = fixedFacts(
    readDemoFacts({ loaded: { instrument: SP500_INDEX, bars }, identity: DEMO_IDENTITY, strategies, asOf: from }),
  );
  const rules = compileRules({ controls, sheet: sheetFrom(from), sheetHash: '0'.repeat(64) });
  const engine: Engine = createEngine({
    run: 'R1-00000000',
    book,
    journal,
    venue,
    rules: () => rules,
    identity: DEMO_IDENTITY,
    instrument: SP500_INDEX,
    strategies,
    source: 'bench',
    // No list grows old while years of the market go by.
    clock: { ...clock, now: () => from },
    facts: facts.keeper,
    contact: () => ({ kind: 'stand-alone' }),
    maySend: () => true,
  });
  for (const entry of facts.entries) engine.recorder.stage(entry);
  engine.recorder.stage(depositAt(from));
  engine.recorder.flush();
  return { engine, book, journal };
}

/** The demonstration's sheet with room for as many orders as are measured; every control stays on. */
function sheetFrom(from: Sheet['from']): Sheet {
  const sheet = demoSheet({
    id: 'bench',
    legalEntity: lei(DEMO_IDENTITY.legalEntity),
    accounts: [DEMO_IDENTITY.account],
    from,
    maker: DEMO_IDENTITY.trader,
    pace: 'minute',
  });
  const lines = sheet.controls.map((line) => {
    const roomy = ROOMY[line.control];
    if (roomy === undefined || !('on' in line)) return line;
    return { ...line, on: line.on.map((one) => ({ ...one, figures: { ...one.figures, ...roomy } })) };
  });
  return { ...sheet, controls: lines };
}

/** Limits on numbers of orders, which a demonstration sets lower than a bench needs. */
const ROOMY: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
  'algorithm-sheet': { ordersMax: 100_000, openOrdersMax: 1_000, valueMax: '1000000000', positionMax: '1000000' },
  'message-rate': { messagesMax: 1_000_000 },
  'execution-throttle': { executionsMax: 1_000_000 },
  'order-to-trade-number': { ratioMax: '1000000' },
  'order-to-trade-volume': { ratioMax: '1000000' },
  'position-limit': { longMax: '1000000', shortMax: '1000000' },
  'fat-finger': { multipleMax: '1000' },
};

function depositAt(at: Sheet['from']) {
  const { account } = DEMO_IDENTITY;
  const { currency } = SP500_INDEX;
  const note = 'What the bench starts with.';
  const body = { v: 1, account, currency, amount: DEMO_DEPOSIT, reason: 'deposit', at, note } as const;
  return { kind: 'cash', body } as const;
}
