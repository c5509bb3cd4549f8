import { isCurrency, minorUnits } from '../../values/currency.ts';
import {
  absolute,
  add,
  compare,
  type Decimal,
  equal,
  fromUnits,
  isZero,
  multiply,
  negate,
  subtract,
  ZERO,
} from '../../values/decimal.ts';
import type { ComparedFills, Difference, FillPair, FillRecord, OrderRecord, RecordPair } from './records.ts';

type Cause = Difference['cause'];

/**
 * What the executions that differ would move, by cause, so that a difference in a position or balance can be traced to them.
 *
 * Shape: by cause, and by instrument, asset or currency. The multiplier of a contract is not known here, so its cash is not traced.
 */
export interface CauseContext {
  readonly isStatement: boolean;
  readonly moves: readonly { readonly cause: Cause; readonly of: ReadonlyMap<string, Decimal> }[];
}

/** Collects what differing executions would explain. */
export function causeContext({
  theirs,
  fills,
}: RecordPair & { readonly fills: Pick<ComparedFills, 'apart'> }): CauseContext {
  const isStatement = theirs.source === 'statement';
  const byCause = new Map<Cause, Map<string, Decimal>>();
  for (const pair of fills.apart) {
    const cause = causeOfFill(pair, { isStatement });
    const moves = byCause.get(cause) ?? new Map<string, Decimal>();
    byCause.set(cause, moves);
    for (const [key, amount] of [...movesOf(pair.theirs, 1), ...movesOf(pair.ours, -1)]) {
      moves.set(key, add(moves.get(key) ?? ZERO, amount));
    }
  }
  return { isStatement, moves: [...byCause].map(([cause, of]) => ({ cause, of })) };
}

/** Why two records may differ about an order. */
export function causeOfOrder(mine: OrderRecord | undefined, other: OrderRecord | undefined): Cause {
  if (mine === undefined) return other?.isOurs === true ? 'unknown-order' : 'foreign-order';
  if (!mine.isCertain) return 'unknown-order';
  if (other === undefined) return 'late-report';
  if (!equal(mine.filled, other.filled)) return compare(other.filled, mine.filled) > 0 ? 'missed-fill' : 'late-report';
  return 'not-known';
}

/** Why two records may differ about an execution. Shape: a statement that lacks one may close its books at another time. */
export function causeOfFill({ ours, theirs }: FillPair, { isStatement }: Pick<CauseContext, 'isStatement'>): Cause {
  if (ours === undefined) {
    if (theirs?.order !== undefined) return 'missed-fill';
    // A statement need not name orders, so one that names none says nothing about who traded.
    return isStatement ? 'not-known' : 'manual-trade';
  }
  if (theirs === undefined) return isStatement ? 'timing' : 'late-report';
  const isFeeAlone =
    equal(ours.quantity, theirs.quantity) && equal(ours.price, theirs.price) && ours.side === theirs.side;
  if (isFeeAlone) return 'fee';
  // A venue that shows what it reported once otherwise has corrected it; a statement may only count in other units.
  return isStatement ? 'not-known' : 'changed-fill';
}

/** Why two records may differ about a position or a balance: what differing executions move, or less than the smallest coin. */
export function causeOfHeld(
  { subject, key, gap }: { readonly subject: 'position' | 'balance'; readonly key: string; readonly gap: Decimal },
  { moves }: CauseContext,
): Cause {
  const place = subject === 'position' ? `position ${key}` : `balance ${key}`;
  const found = moves.find(({ of }) => equal(of.get(place) ?? ZERO, gap));
  if (found !== undefined) return found.cause;
  if (subject === 'balance' && compare(absolute(gap), smallestOf(key)) < 0) return 'rounding';
  return 'not-known';
}

function movesOf(fill: FillRecord | undefined, sign: 1 | -1): readonly (readonly [string, Decimal])[] {
  if (fill === undefined || fill.isBusted) return [];
  const { side, quantity, price, instrument, currency, asset, fee, feeCurrency } = fill;
  const signed = (side === 'buy') === (sign === 1) ? quantity : negate(quantity);
  const paid = feeCurrency ?? currency;
  const fees = fee === undefined ? ZERO : sign === 1 ? fee : negate(fee);
  return [
    ...(instrument === undefined ? [] : [[`position ${instrument}`, signed] as const]),
    ...(asset === undefined ? [] : [[`balance ${asset}`, signed] as const]),
    ...(currency === undefined ? [] : [[`balance ${currency}`, negate(multiply(signed, price))] as const]),
    ...(paid === undefined || isZero(fees) ? [] : [[`balance ${paid}`, subtract(ZERO, fees)] as const]),
  ];
}

/** One unit of the last digit that amounts of a currency have; nothing where there is none, so that no gap is called rounding. */
function smallestOf(asset: string): Decimal {
  if (!isCurrency(asset)) return ZERO;
  try {
    return fromUnits(1n, minorUnits(asset));
  } catch {
    return ZERO;
  }
}
