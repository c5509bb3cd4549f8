import { decimal, isDecimalText, toText, trim } from '@gatehouse/shared/values/decimal.ts';

/** A figure for a terminal: a decimal without the zeros at its end, any other text as it is. */
export function shownFigure(text: string): string {
  return isDecimalText(text) ? toText(trim(decimal(text))) : text;
}
