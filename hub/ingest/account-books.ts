import {
  AccountLedger,
  type AccountLedgerDeps,
  type AccountLedgerStart,
  type Renamed,
} from '@gatehouse/shared/accounts/account-ledger.ts';
import { emptyHolding, type Holding } from '@gatehouse/shared/accounts/holding.ts';
import { averageCost } from '@gatehouse/shared/accounts/position.ts';
import { movedInAll, type Purse } from '@gatehouse/shared/accounts/purse.ts';
import { fitsText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { depositedIn } from './account-state.ts';
import { pairKey } from './pair-key.ts';
import type { ProjectionWork } from './projection-work.ts';

/** What an entry concerns. Shape: all of it was loaded, where it is on record. */
export interface Concern {
  readonly edge: string;
  readonly leaf: number;
  readonly accounts: readonly string[];
  readonly instruments: readonly string[];
  readonly currencies: readonly string[];
}

const TOO_LONG = 'a sum has more digits than a record holds';

/**
 * Folds an entry into the positions and the cash that it concerns, by the same ledger as the edge; the reason where it cannot, and
 * then nothing has changed.
 */
export function foldBooks(
  work: ProjectionWork,
  concern: Concern,
  fold: { readonly deps: AccountLedgerDeps; readonly act: (ledger: AccountLedger) => string | undefined },
): string | undefined {
  const ledger = new AccountLedger(fold.deps, startOf(work, concern));
  const fault = fold.act(ledger);
  if (fault !== undefined) return fault;
  const { holdings, purses } = ledger.snapshot();
  if (!holdings.every(({ holding }) => fits(holding)) || !purses.every(({ purse }) => fitsCash(purse))) return TOO_LONG;
  const { leaf } = concern;
  const left = new Set(heldKeys(work, concern));
  for (const { account, instrument, holding } of holdings) {
    const key = pairKey(account, instrument);
    left.delete(key);
    const before = work.positions.get(key);
    if (before?.holding === holding) continue;
    const mark = { mark: before?.mark ?? null, mark_at: before?.mark_at ?? null };
    work.positions.set(key, { account, instrument, holding, ...mark, leaf });
  }
  // What took a new name leaves an empty row under the old one.
  for (const key of left) {
    const before = work.positions.get(key);
    if (before !== undefined)
      work.positions.set(key, { ...before, holding: emptyHolding(before.holding.currency), leaf });
  }
  for (const { account, currency, purse } of purses) {
    const key = pairKey(account, currency);
    if (work.cash.get(key)?.purse !== purse) work.cash.set(key, { account, currency, purse, leaf });
  }
  return undefined;
}

/** What the ledger asks for an entry that brings no execution: nothing. */
export const NO_FILLS: AccountLedgerDeps = { multiplierOf: () => ZERO, placeOf: () => undefined };

function startOf(work: ProjectionWork, concern: Concern): AccountLedgerStart {
  const { accounts, currencies } = concern;
  const positions = heldKeys(work, concern).flatMap((key) => work.positions.get(key) ?? []);
  const cash = accounts.flatMap((account) => currencies.flatMap((one) => work.cash.get(pairKey(account, one)) ?? []));
  const renamed = work.renames
    .filter(({ edge }) => edge === concern.edge)
    .map(({ instrument, into, at }): Renamed => ({ from: instrument, into, at: parseInstant(at) }));
  return { holdings: positions, purses: cash, renamed, done: [] };
}

function heldKeys(work: ProjectionWork, { accounts, instruments }: Concern): readonly string[] {
  const keys = accounts.flatMap((account) => instruments.map((instrument) => pairKey(account, instrument)));
  return keys.filter((key) => work.positions.has(key));
}

function fits({ average, lots }: Holding): boolean {
  const { quantity, cost, realised, fees } = average;
  return [quantity, cost, realised, fees, averageCost(average), lots.realised].every(fitsText);
}

function fitsCash(purse: Purse): boolean {
  const { amount, fees, moved } = purse;
  const sums = [amount, fees, depositedIn(purse), movedInAll(purse)];
  return [...sums, ...Object.values(moved)].every((sum) => sum === undefined || fitsText(sum));
}
