import type { FigureText } from '@gatehouse/shared/schema/sheet.ts';
import { compare, type Decimal, decimal, fromInteger, isDecimalText } from '@gatehouse/shared/values/decimal.ts';
import type { Tighter } from './limit-fields.ts';

/** What a change does to the orders that pass: fewer, possibly more, or the same. */
export type Effect = 'tightening' | 'loosening' | 'neither';

/** A figure before and after a change, and which way it tightens where that is known. */
export interface FigureChange {
  readonly before: FigureText;
  readonly after: FigureText;
  readonly tighter: Tighter | undefined;
}

/**
 * What the change of one figure does.
 *
 * Shape: the same amount in another spelling and the same names in another order change nothing. A change that cannot be
 *        compared, or of a figure whose direction nobody gave, counts as loosening.
 */
export function figureEffect({ before, after, tighter }: FigureChange): Effect {
  if (isSame(before, after)) return 'neither';
  return isTighter({ before, after, tighter }) ? 'tightening' : 'loosening';
}

function isTighter({ before, after, tighter }: FigureChange): boolean {
  switch (tighter) {
    case undefined:
    case 'none':
      return false;
    case 'lower':
      return order(after, before) === -1;
    case 'higher':
      return order(after, before) === 1;
    case 'fewer':
      return isWithin(after, before);
    case 'more':
      return isWithin(before, after);
    default:
      return isEarlier(tighter, after, before);
  }
}

function isSame(a: FigureText, b: FigureText): boolean {
  if (Array.isArray(a) || Array.isArray(b)) return isWithin(a, b) && isWithin(b, a);
  return a === b || order(a, b) === 0;
}

function order(a: FigureText, b: FigureText): -1 | 0 | 1 | undefined {
  const [left, right] = [amountOf(a), amountOf(b)];
  return left === undefined || right === undefined ? undefined : compare(left, right);
}

function amountOf(figure: FigureText): Decimal | undefined {
  if (typeof figure === 'number') return fromInteger(figure);
  return typeof figure === 'string' && isDecimalText(figure) ? decimal(figure) : undefined;
}

function isWithin(part: FigureText, whole: FigureText): boolean {
  if (!Array.isArray(part) || !Array.isArray(whole)) return false;
  const names = new Set(whole);
  return part.every((name) => names.has(name));
}

function isEarlier(values: readonly string[], after: FigureText, before: FigureText): boolean {
  const [next, last] = [values.indexOf(String(after)), values.indexOf(String(before))];
  return next !== -1 && next < last;
}
