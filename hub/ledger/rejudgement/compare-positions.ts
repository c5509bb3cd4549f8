import type { FoldedPosition } from '@gatehouse/compliance/rejudge-records.ts';
import { add, compare, type Decimal, decimal, toText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Transaction } from '../../store/database.ts';
import { areProjectionsWhole, readHeld } from '../../store/position-rows.ts';

/** A position that the projections have otherwise than the entries add up to. Units: signed, in units of the instrument, as text. */
export interface PositionDifference {
  readonly account: string;
  readonly instrument: string;
  readonly projected: string;
  readonly folded: string;
}

/** Where projections and entries part; undefined where the projections are behind. An account may be traded by several edges. */
export async function comparePositions(
  tx: Transaction,
  folded: readonly FoldedPosition[],
): Promise<readonly PositionDifference[] | undefined> {
  if (!(await areProjectionsWhole(tx))) return undefined;
  const key = (one: { readonly account: string; readonly instrument: string }) => `${one.account}\n${one.instrument}`;
  const sums = new Map<string, Decimal | undefined>();
  for (const position of folded) {
    const before = sums.has(key(position)) ? sums.get(key(position)) : ZERO;
    sums.set(key(position), sumOf(before, position.quantity));
  }
  const held = new Map((await readHeld(tx)).map((row) => [key(row), row.quantity]));
  const places = new Set([...sums.keys(), ...held.keys()]);
  return [...places].flatMap((place) => {
    const [account = '', instrument = ''] = place.split('\n');
    const projected = held.get(place) ?? '0';
    const sum = sums.has(place) ? sums.get(place) : ZERO;
    const isSame = sum !== undefined && compare(decimal(projected), sum) === 0;
    return isSame ? [] : [{ account, instrument, projected, folded: sum === undefined ? 'not known' : toText(sum) }];
  });
}

function sumOf(first: Decimal | undefined, second: Decimal | undefined): Decimal | undefined {
  return first === undefined || second === undefined ? undefined : add(first, second);
}
