import { type HoldingStep, restoredHolding } from '@gatehouse/shared/accounts/holding.ts';
import { HoldingState, holdingOfState, stateOfHolding } from '@gatehouse/shared/accounts/ledger-state.ts';
import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { readHoldings, writeHoldings } from '../../store/carried-books.ts';
import type { Transaction } from '../../store/database.ts';

const MONTHS = 12;
/** Nobody takes an execution back that is older. Units: nanoseconds of 366 days. */
const CHANGEABLE_NS = 366n * 86_400_000_000_000n;

/**
 * Takes the executions of a month, of all before it and of all that are older than a year out of the positions' own memory; what is held
 * stays as it is.
 *
 * Shape: a position remembers its last executions, so that a late bust can be put in its place. Those that go become part of what it
 *        starts from. A lot that is still held keeps what it was bought at, and when.
 */
export async function settleBooks(tx: Transaction, month: string, now: Instant): Promise<void> {
  const old = now - CHANGEABLE_NS;
  const until = monthAfter(month) > old ? monthAfter(month) : (old as Instant);
  const settled = (await readHoldings(tx)).flatMap(({ account, instrument, holding }) => {
    const after = settledText(holding, until);
    return after === undefined ? [] : [{ account, instrument, holding: after }];
  });
  await writeHoldings(tx, settled);
}

/** A holding as it is kept, without the steps before a moment; undefined where it has none. */
export function settledText(text: string, until: Instant): string | undefined {
  const { currency, base, steps } = holdingOfState(decode(HoldingState, JSON.parse(text), 'a position'));
  const count = steps.findLastIndex((step) => timeOf(step) < until) + 1;
  if (count === 0) return undefined;
  const { average, lots } = restoredHolding({ currency, base, steps: steps.slice(0, count) });
  const holding = restoredHolding({ currency, base: { average, lots }, steps: steps.slice(count) });
  return canonicalJson(encode(HoldingState, stateOfHolding(holding)) as JsonValue);
}

function timeOf(step: HoldingStep): Instant {
  if (step.kind === 'split') return step.at;
  return step.kind === 'adjustment' ? step.adjustment.at : step.fill.at;
}

function monthAfter(month: string): Instant {
  const [year = 0, number = 0] = month.split('-').map(Number);
  const [nextYear, next] = number === MONTHS ? [year + 1, 1] : [year, number + 1];
  return parseInstant(`${`${nextYear}`.padStart(4, '0')}-${`${next}`.padStart(2, '0')}-01T00:00:00.000000000Z`);
}
