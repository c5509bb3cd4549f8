import type { Holding } from '@gatehouse/shared/accounts/holding.ts';
import { HoldingState, holdingOfState, PurseState, stateOfHolding } from '@gatehouse/shared/accounts/ledger-state.ts';
import { averageCost } from '@gatehouse/shared/accounts/position.ts';
import { movedInAll, type Purse } from '@gatehouse/shared/accounts/purse.ts';
import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { type Currency, currency as currencyOf } from '@gatehouse/shared/values/currency.ts';
import { add, type Decimal, subtract, toText, trim, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { CashRow, KeptCash, KeptPosition, PositionRow } from '../store/account-rows.ts';
import type { RenameRow } from '../store/book-rows.ts';

/** A position while entries are folded into it. */
export interface PositionInWork {
  readonly account: string;
  readonly instrument: string;
  readonly holding: Holding;
  readonly mark: string | null;
  readonly mark_at: string | null;
  readonly leaf: number;
}

/** Cash while entries are folded into it. */
export interface CashInWork {
  readonly account: string;
  readonly currency: Currency;
  readonly purse: Purse;
  readonly leaf: number;
}

/** Every name that an instrument has had for an edge since, the first included. */
export function namesOf(renames: readonly RenameRow[], edge: string, instrument: string): readonly string[] {
  const names = new Set([instrument]);
  for (const name of names) {
    for (const rename of renames) if (rename.edge === edge && rename.instrument === name) names.add(rename.into);
  }
  return [...names];
}

/** A stored position as the next entry goes on from it. */
export function positionInWork({ holding, ...row }: KeptPosition): PositionInWork {
  return { ...row, holding: holdingOfState(decode(HoldingState, JSON.parse(holding), 'a position')) };
}

/** Stored cash as the next entry goes on from it. */
export function cashInWork({ account, currency, purse, leaf }: KeptCash): CashInWork {
  return { account, currency: currencyOf(currency), purse: decode(PurseState, JSON.parse(purse), 'cash'), leaf };
}

/** The row of a position. */
export function positionRow({ account, instrument, holding, mark, mark_at, leaf }: PositionInWork): PositionRow {
  const { average, lots, currency } = holding;
  return {
    account,
    instrument,
    currency,
    quantity: toText(average.quantity),
    cost: toText(average.cost),
    average_cost: toText(averageCost(average)),
    realised: toText(average.realised),
    fees: toText(average.fees),
    mark,
    mark_at,
    holding: canonicalJson(encode(HoldingState, stateOfHolding(holding)) as JsonValue),
    realised_by_lots: toText(lots.realised),
    lots: lots.open.length,
    leaf,
  };
}

/** The row of cash in one currency. */
export function cashRow({ account, currency, purse, leaf }: CashInWork): CashRow {
  const deposited = depositedIn(purse);
  return {
    account,
    currency,
    amount: toText(purse.amount),
    deposited: toText(deposited),
    fees: toText(purse.fees),
    other: toText(trim(subtract(movedInAll(purse), deposited))),
    purse: canonicalJson(encode(PurseState, purse) as JsonValue),
    leaf,
  };
}

/** What came in less what was withdrawn. */
export function depositedIn({ moved }: Purse): Decimal {
  return trim(add(moved.deposit ?? ZERO, moved.withdrawal ?? ZERO));
}
