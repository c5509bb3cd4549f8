import { canonicalJson, type JsonValue, sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { CorporateActionBody, EntryBody, KillBody, OrderState } from '@gatehouse/shared/schema/bodies.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import type { FactsDocument } from '@gatehouse/shared/schema/facts/index.ts';
import { OVERRIDE_TYPE, Override } from '@gatehouse/shared/schema/governance.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal, fromUnits } from '@gatehouse/shared/values/decimal.ts';
import { addMs, dayOf, type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { z } from 'zod';
import { exampleFacts, exampleOrder, type OrderOverrides } from '../examples/base.ts';
import { exampleInstrument } from '../examples/files.ts';

/** Entries as the journal of an edge has them, for tests of what they add up to. */

const HASH = '0'.repeat(64);

/** When the entries of a stream begin. */
export const STREAM_START: Instant = parseInstant('2020-03-06T14:00:00Z');

/** The intent of an order. */
export function intentEntry(order: Order): EntryBody {
  return { kind: 'intent', body: { v: 1, order } };
}

/** What a decision entry says besides its order. */
export interface DecisionParts {
  readonly outcome?: 'approved' | 'refused';
  readonly day?: string;
  readonly now?: Instant;
  readonly reference?: string;
  readonly tickets?: string[];
}

/** The decision on an order, at its own time and on the day of that in UTC unless it says otherwise. */
export function decisionEntry(order: Order, parts: DecisionParts = {}): EntryBody {
  const { outcome = 'approved', now = order.decidedAt, day = dayOf(now), reference, tickets } = parts;
  const { reference: _, ...facts } = exampleFacts();
  const known = { ...facts, now, day };
  return {
    kind: 'decision',
    body: {
      v: 2,
      order: order.id,
      outcome,
      sheet: HASH,
      controls: HASH,
      haltEpoch: 0,
      facts:
        reference === undefined ? known : { ...known, reference: { price: price(reference), at: now, source: 'bars' } },
      rows: [],
      ...(tickets === undefined ? {} : { tickets }),
    },
  };
}

/** An order with its intent and its approval. */
export function approved(order: Order, parts: DecisionParts = {}): readonly EntryBody[] {
  return [intentEntry(order), decisionEntry(order, parts)];
}

/** An order of the examples at so many milliseconds after the start of the stream. */
export function orderAt(ms: number, overrides: OrderOverrides = {}): Order {
  return { ...exampleOrder({ id: `O-${ms}`, ...overrides }), decidedAt: addMs(STREAM_START, ms) };
}

/** A change of state of an order. */
export function stateEntry(order: string, state: OrderState, ms = 0): EntryBody {
  return { kind: 'order', body: { v: 1, order, state, at: addMs(STREAM_START, ms) } };
}

/** The same change because of a kill. */
export function killedEntry(order: string, state: OrderState, ms = 0): EntryBody {
  const reason = 'Kill K-9 took it back.';
  return { kind: 'order', body: { v: 1, order, state, at: addMs(STREAM_START, ms), reason } };
}

/** What a fill entry says besides its order. */
export interface FillParts {
  readonly id?: string;
  readonly units: string;
  readonly price: string;
  readonly fee?: string;
  readonly currency?: string;
  readonly feeCurrency?: string;
  readonly ms?: number;
}

/** An execution of an order. */
export function fillEntry(order: Order, parts: FillParts): EntryBody {
  const { id = 'F-1', units, fee = '0', ms = 0 } = parts;
  const { account, instrument, venue, side } = order;
  return {
    kind: 'fill',
    body: {
      v: 1,
      fill: id,
      order: order.id,
      account,
      instrument,
      venue,
      side,
      quantity: quantity(units),
      price: price(parts.price),
      currency: parts.currency === undefined ? order.currency : currency(parts.currency),
      fee: decimal(fee),
      ...(parts.feeCurrency === undefined ? {} : { feeCurrency: currency(parts.feeCurrency) }),
      at: addMs(STREAM_START, ms),
    },
  };
}

/** A bust of an execution, or a correction where figures are given. */
export function changeEntry(order: Order, before: FillParts, after?: FillParts): EntryBody {
  const figures = ({ units, price: text, fee = '0' }: FillParts) => {
    return { quantity: quantity(units), price: price(text), fee: decimal(fee) };
  };
  const change =
    after === undefined ? { change: 'bust' as const } : { change: 'correct' as const, after: figures(after) };
  const head = {
    v: 1 as const,
    fill: before.id ?? 'F-1',
    order: order.id,
    at: STREAM_START,
    reason: 'The venue said so.',
    ...(before.feeCurrency === undefined ? {} : { feeCurrency: currency(before.feeCurrency) }),
  };
  return { kind: 'fill-change', body: { ...head, before: figures(before), ...change } };
}

/** A split or a new name, or a dividend where an amount is given. */
export function actionEntry(
  id: string,
  instrument: string,
  {
    ms = 0,
    ...action
  }: (
    | Exclude<CorporateActionBody['action'], { kind: 'dividend' }>
    | { readonly perUnit: string; readonly currency: string }
  ) & { readonly ms?: number },
): EntryBody {
  const head = {
    v: 1 as const,
    id,
    instrument,
    exDay: '2020-03-06',
    at: addMs(STREAM_START, ms),
    source: 'The issuer.',
  };
  if ('kind' in action) return { kind: 'corporate-action', body: { ...head, action } };
  const dividend = { kind: 'dividend' as const, perUnit: decimal(action.perUnit), currency: currency(action.currency) };
  return { kind: 'corporate-action', body: { ...head, action: dividend } };
}

/** A position that a person set right, or cash where no instrument is given. */
export function adjustmentEntry(
  id: string,
  instrument: string | undefined,
  parts: { readonly account: string; readonly quantity: string; readonly amount: string; readonly currency: string },
): EntryBody {
  const head = { v: 1 as const, id, account: parts.account, by: 'P-1', reason: 'Seen on paper.', at: STREAM_START };
  const [of, amount] = [currency(parts.currency), decimal(parts.amount)];
  const change =
    instrument === undefined
      ? { kind: 'cash' as const, currency: of, amount }
      : { kind: 'position' as const, instrument, currency: of, quantity: decimal(parts.quantity), cost: amount };
  return { kind: 'adjustment', body: { ...head, change } };
}

/** New prices of instruments. */
export function marksEntry(prices: Readonly<Record<string, string>>, ms: number, day: string): EntryBody {
  const at = addMs(STREAM_START, ms);
  const marks = Object.entries(prices).map(([instrument, text]) => ({ instrument, price: price(text), at }));
  return { kind: 'marks', body: { v: 1, at, day, marks } };
}

/** A valuation of an account, of which only the prices matter here. */
export function valuationEntry(prices: Readonly<Record<string, string>>, ms: number, day: string): EntryBody {
  const at = addMs(STREAM_START, ms);
  const none = fromUnits(0n, 0);
  const positions = Object.entries(prices).map(([instrument, text]) => ({
    instrument,
    quantity: none,
    averageCost: none,
    mark: price(text),
    markAt: at,
  }));
  const sums = { cash: none, equity: none, realised: none, unrealised: none, fees: none };
  return { kind: 'valuation', body: { v: 1, account: 'main', currency: currency('USD'), day, at, ...sums, positions } };
}

/** What a kill says besides its id. */
export type KillParts = Pick<KillBody, 'scopes' | 'level' | 'haltEpoch'>;

/** A kill. */
export function killEntry(id: string, { scopes, level, haltEpoch }: KillParts): EntryBody {
  const reason = 'A test of the kill switch.';
  return { kind: 'kill', body: { v: 2, id, scopes, level, haltEpoch, by: 'P-1', reason, at: STREAM_START } };
}

/** The release of a kill. */
export function releaseEntry(kill: string, haltEpoch: number): EntryBody {
  const reason = 'The test is over.';
  const by = ['P-1', 'P-2'];
  return { kind: 'release', body: { v: 1, kill, haltEpoch, by, reason, at: STREAM_START, document: 'signed' } };
}

/** A dated file. */
export function factsEntry(file: z.input<typeof FactsDocument>): EntryBody {
  const document = canonicalJson(file as JsonValue);
  const hash = sha256(document).toString('hex');
  return { kind: 'facts', body: { v: 1, kind: file.kind, hash, files: hash, document } };
}

const head = { v: 1, asOf: '2020-03-06T08:00:00.000000000Z', source: 'Worked examples.' } as const;

/** A file of instruments, each the example instrument but for its changes. */
export function instrumentsEntry(...rows: readonly Partial<typeof exampleInstrument>[]): EntryBody {
  return factsEntry({ ...head, kind: 'instruments', rows: rows.map((row) => ({ ...exampleInstrument, ...row })) });
}

/** A file of liquidity that gives tiers to instruments. */
export function liquidityEntry(tiers: Readonly<Record<string, string>>): EntryBody {
  const rows = Object.entries(tiers).map(([instrument, tier]) => ({
    instrument,
    tier,
    averageDailyVolume: '1000000',
    at: head.asOf,
  }));
  return factsEntry({ ...head, kind: 'liquidity', rows });
}

/** A file of locates. */
export function locatesEntry(...ids: readonly string[]): EntryBody {
  const term = { from: head.asOf, to: '2020-03-07T08:00:00.000000000Z' };
  const rows = ids.map((id) => ({
    id,
    account: 'main',
    instrument: 'demo-index',
    quantity: '1000',
    lender: 'A lender.',
    ...term,
  }));
  return factsEntry({ ...head, kind: 'locates', easyToBorrow: [], rows });
}

/** A ticket whose terms are those of an order. Shape: the note has no signatures, which are checked before an entry is made. */
export function overrideEntry(id: string, order: Order, to = '2020-03-06T20:00:00Z'): EntryBody {
  const { environment, legalEntity, account, trader, algorithm, instrument, venue, side, type, limitPrice } = order;
  const ticket: Override = {
    v: 1,
    id,
    edge: 'edge-1',
    environment,
    legalEntity,
    account,
    trader,
    algorithm: algorithm.id,
    instrument,
    venue,
    side,
    type,
    quantity: order.quantity,
    ...(limitPrice === undefined ? {} : { limitPrice }),
    controls: [{ control: 'price-collar', scope: 'firm' }],
    reason: 'A test of a ticket.',
    from: STREAM_START,
    to: parseInstant(to),
  };
  const document = `${OVERRIDE_TYPE}\n${canonicalJson(encode(Override, ticket) as JsonValue)}\n`;
  return { kind: 'override', body: { v: 1, ticket: id, document } };
}

/** A run over market data that begins or goes on. */
export function runEntry(
  id: string,
  event: 'run-started' | 'run-resumed' | 'run-completed' = 'run-started',
): EntryBody {
  const to = addMs(STREAM_START, 3_600_000);
  const run = {
    id,
    source: 'bars',
    sourceHash: HASH,
    instrument: 'demo-index',
    bars: 1,
    from: STREAM_START,
    to,
    fillRules: [],
  };
  return { kind: 'session', body: { v: 1, event, release: '1', runtime: 'node', run } };
}

/** Money that an account gets. */
export function cashEntry(amount: string, account = 'main', code = 'USD'): EntryBody {
  const body = {
    v: 1,
    account,
    currency: currency(code),
    amount: decimal(amount),
    reason: 'deposit',
    at: STREAM_START,
    note: 'Money.',
  } as const;
  return { kind: 'cash', body };
}
