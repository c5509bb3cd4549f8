import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import { DECIMAL_PATTERN, type Decimal, decimal, signOf, toText } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';

const NAMES_MAX = 5_000;
const PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63} \S+$/;

const Line = z
  .string()
  .regex(PATTERN, 'not a name and an amount with a space between them')
  .refine((line) => isAmount(line), 'not an exact amount of zero or above');

/**
 * Amounts by name as a sheet lists them: `technology 250000`.
 *
 * Shape: decoded to a table from name to amount; a name stands once. What is not on the list has no amount, and the control that
 *        asks for it refuses. Units: those that the limit says.
 */
export const AmountsByName = z.codec(
  z.array(Line).max(NAMES_MAX).refine(isEachOnce, 'a name stands more than once'),
  z.custom<ReadonlyMap<string, Decimal>>(),
  {
    decode: (lines) => new Map(lines.map((line) => [nameOf(line), decimal(amountOf(line))])),
    encode: (amounts) => [...amounts].map(([name, amount]) => `${name} ${toText(amount)}`),
  },
);

function isAmount(line: string): boolean {
  const text = amountOf(line);
  return Identifier.safeParse(nameOf(line)).success && DECIMAL_PATTERN.test(text) && signOf(decimal(text)) >= 0;
}

function isEachOnce(lines: readonly string[]): boolean {
  return new Set(lines.map(nameOf)).size === lines.length;
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(' '));
}

function amountOf(line: string): string {
  return line.slice(line.indexOf(' ') + 1);
}
