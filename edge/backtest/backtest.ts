import type { RuleSet } from '@gatehouse/compliance/rule-set.ts';
import type { BarSeries } from '@gatehouse/shared/market/bar-series.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { type Book, createBook, type LastValuation } from '../engine/book.ts';
import { createEngine } from '../engine/engine.ts';
import type { TradingIdentity } from '../engine/order-builder.ts';
import { strategyBar } from '../engine/replay.ts';
import { readDemoFacts } from '../facts/demo-facts.ts';
import { fixedFacts } from '../facts/facts-keeper.ts';
import type { Journal } from '../journal/journal-types.ts';
import { openMemoryJournal } from '../journal/memory-journal.ts';
import type { Strategy } from '../strategies/define-strategy.ts';
import type { Connector } from '../venues/define-connector.ts';
import type { VenueEvent } from '../venues/venue.ts';

/** What a backtest runs on. Shape: everything that could differ between two runs is here, and nothing else. */
export interface BacktestRequest {
  readonly run: string;
  readonly bars: BarSeries;
  readonly instrument: Instrument;
  readonly source: string;
  readonly strategies: readonly Strategy[];
  readonly rules: RuleSet;
  readonly identity: TradingIdentity;
  readonly deposit: Decimal;
  readonly connector: Connector;
  /** Units: basis points. */
  readonly feeBps: Decimal;
  /** `all` keeps the entries for a reader; the hash proves the run either way. */
  readonly keep: 'all' | 'hash';
}

/** What a backtest came to. Shape: equal requests give equal hashes, to the last entry. */
export interface BacktestResult {
  readonly hash: string;
  readonly entries: number;
  readonly tally: Readonly<Record<string, number>>;
  readonly valuation: LastValuation | undefined;
  readonly journal: Journal;
  readonly book: Book;
  /** How its orders were filled, for whoever reads its figures. */
  readonly fillRules: readonly string[];
}

const EDGE = 'backtest';
const SALT = 0;

/** Runs strategies over bars through the same engine, gate and order life as a live edge, on a journal in memory. */
export function runBacktest(request: BacktestRequest): BacktestResult {
  const { bars, instrument, identity, strategies, rules } = request;
  const start = bars.bar(0).openAt;
  const clock = manualClock(start);
  const book = createBook({ multiplierOf: () => instrument.multiplier });
  const { journal } = openMemoryJournal({
    edge: EDGE,
    clock,
    // A run is judged by its hash, so nothing of it may be random.
    random: (bytes) => new Uint8Array(bytes).fill(SALT),
    emptyState: book.snapshot(),
    onNotice: () => {},
    keep: request.keep,
  });
  const hear = (event: VenueEvent): void => engine.hear(event);
  const venue = request.connector.connect({ instrument, feeBps: request.feeBps, working: [], listener: hear });
  const facts = fixedFacts(readDemoFacts({ loaded: request, identity, strategies, asOf: start }));
  const contact = () => ({ kind: 'stand-alone' }) as const;
  const wired = {
    ...request,
    book,
    journal,
    venue,
    // Its computer's own time stands still, so that no list grows old while years of the market go by.
    clock: manualClock(start),
    contact,
    facts: facts.keeper,
    maySend: () => true,
    rules: () => rules,
  };
  const engine = createEngine(wired);
  for (const entry of facts.entries) engine.recorder.stage(entry);
  pay(engine, request, start);

  for (let index = 0; index < bars.length; index += 1) {
    const bar = strategyBar(bars, index);
    if (bar.exact.endsDay) clock.set(bar.exact.closeAt);
    engine.onBar(bar);
  }
  const { head } = journal;
  const { tally, valuation } = book;
  const fillRules = request.connector.fillRules(request);
  return { hash: head.hash, entries: head.seq, tally, valuation, journal, book, fillRules };
}

function pay(
  engine: ReturnType<typeof createEngine>,
  { identity, instrument, deposit }: BacktestRequest,
  at: Instant,
): void {
  engine.recorder.stage({
    kind: 'cash',
    body: {
      v: 1,
      account: identity.account,
      currency: instrument.currency,
      amount: deposit,
      reason: 'deposit',
      at,
      note: 'What the backtest starts with.',
    },
  });
  engine.recorder.flush();
}
