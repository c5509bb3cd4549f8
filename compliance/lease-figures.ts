import { DecimalText } from '@gatehouse/shared/schema/fields.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';

/** The one threshold that is leased so far: what everything held and entered is worth. */
export const LEASED_THRESHOLD = 'gross-exposure';

const CONTROL = 'leased-share';

/** What people signed about leases. Units: amounts in `currency`, the term in milliseconds. */
export interface LeaseFigures {
  readonly firmMax: Decimal;
  readonly edgeMax: Decimal;
  readonly stepAmount: Decimal;
  readonly termMs: number;
  readonly currency: Currency;
}

const Figures = z.object({
  firmMax: DecimalText,
  edgeMax: DecimalText,
  stepAmount: DecimalText,
  termMs: z.int().min(1),
});

/**
 * What a sheet says about leases. Shape: undefined where it turns them off, does not name them or cannot be read there.
 *
 * Source: 17 CFR 240.15c3-5(c)(1)(i).
 */
export function leaseFiguresOf(sheet: Sheet): LeaseFigures | undefined {
  const line = sheet.controls.find(({ control }) => control === CONTROL);
  if (line === undefined || !('on' in line)) return undefined;
  const firm = line.on.find(({ scope }) => scope === 'firm');
  const read = z.safeDecode(Figures, firm?.figures as z.input<typeof Figures>);
  return read.success ? { ...read.data, currency: sheet.currency } : undefined;
}
