import { paperTerms, starterSheet } from '@gatehouse/compliance/starter-sheet.ts';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { describeIssues } from '@gatehouse/shared/schema/decode.ts';
import { AssetClass } from '@gatehouse/shared/schema/facts/reference-data.ts';
import { CurrencyText, DecimalText, Identifier, LeiText, Sentence } from '@gatehouse/shared/schema/fields.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { signOf } from '@gatehouse/shared/values/decimal.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';

const DAY_MS = 86_400_000;
const DAYS_MAX = 366;

/** The options of a first sheet, as the command line reads them. */
export const firstSheetOptions = {
  id: { type: 'string' },
  account: { type: 'string', multiple: true },
  capital: { type: 'string' },
  currency: { type: 'string' },
  price: { type: 'string' },
  lot: { type: 'string' },
  instrument: { type: 'string', multiple: true },
  venue: { type: 'string', multiple: true },
  algorithm: { type: 'string', multiple: true },
  'asset-class': { type: 'string', multiple: true },
  sector: { type: 'string', multiple: true },
  pace: { type: 'string' },
  'legal-entity': { type: 'string' },
  maker: { type: 'string' },
  checker: { type: 'string', multiple: true },
  days: { type: 'string' },
  reason: { type: 'string' },
} as const;

/** The options of a first sheet, for a person. */
export const firstSheetUsage = `--account ID... --capital AMOUNT --currency CODE --price AMOUNT [--lot QUANTITY]
                            --instrument ID... --venue ID... --algorithm ID... --asset-class CLASS... --sector NAME...
                            --pace daily|minute|live --legal-entity LEI --maker ID [--checker ID...]
                            [--id ID] [--days N] [--reason TEXT] --out FILE`;

const Amount = DecimalText.refine((value) => signOf(value) > 0, 'not above zero');
const Names = z.array(Identifier, 'name at least one').min(1);

const Options = z.object({
  id: Identifier.default('first'),
  account: Names,
  capital: Amount,
  currency: CurrencyText,
  price: Amount,
  lot: Amount.prefault('1'),
  instrument: Names,
  venue: Names,
  algorithm: Names,
  'asset-class': z.array(AssetClass, 'name at least one').min(1),
  sector: Names,
  pace: z.enum(['daily', 'minute', 'live']),
  'legal-entity': LeiText,
  maker: Identifier,
  checker: z.array(Identifier).max(5).default([]),
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(DAYS_MAX)
    .default(DAYS_MAX - 1),
  reason: Sentence.default('A careful first sheet for an account on paper.'),
});

/**
 * A careful first sheet for a paper account, as its options say; its number follows that of the sheet before it.
 *
 * Errors: `COMMAND_INVALID`, listing every option that is missing or malformed.
 */
export function firstSheet(values: Readonly<Record<string, unknown>>, before: Sheet | undefined): Sheet {
  const read = Options.safeParse(values);
  if (!read.success) {
    throw new KitError('COMMAND_INVALID', describeIssues(read.error), {
      hint: `Usage: gatehouse limits init ${firstSheetUsage}`,
    });
  }
  const { 'asset-class': assetClasses, 'legal-entity': legalEntity, checker: checkers, ...given } = read.data;
  const { id, maker, reason, days } = given;
  const from = systemClock().now();
  const terms = paperTerms({
    ...given,
    assetClasses,
    accounts: given.account,
    instruments: given.instrument,
    venues: given.venue,
    algorithms: given.algorithm,
    sectors: given.sector,
  });
  const sequence = (before?.sequence ?? 0) + 1;
  const sheet = starterSheet({ id, sequence, mark: 'FIRM', legalEntity, from, maker, checkers, reason }, terms);
  return { ...sheet, to: addMs(from, days * DAY_MS) };
}
