import { z } from 'zod';
import { DayText, Identifier, InstantText, QuantityText, Sentence } from '../fields.ts';
import { eachOnce, factsHead } from './envelope.ts';
import { AssetClass } from './reference-data.ts';

/** A row that names nothing would restrict nothing, and nobody would notice. */
const hasName = (row: { readonly instrument?: string | undefined; readonly issuer?: string | undefined }): boolean =>
  row.instrument !== undefined || row.issuer !== undefined;
const unnamed = 'a row names an instrument or an issuer';

const days = { from: DayText.optional(), to: DayText.optional() } as const;

/** A name that nobody may deal in (`restricted`), or that compliance watches (`watch`). Days are inclusive. */
export const RestrictionRow = z
  .strictObject({
    list: z.enum(['restricted', 'watch']),
    instrument: Identifier.optional(),
    issuer: Identifier.optional(),
    sides: z.enum(['both', 'buy', 'sell']),
    reason: Sentence,
    ...days,
  })
  .refine(hasName, unnamed);

/** The restricted list and the watch list. */
export const RestrictionsFile = z.strictObject({
  ...factsHead,
  kind: z.literal('restrictions'),
  rows: z.array(RestrictionRow).max(20_000),
});

/** A person who may not deal in a name. */
export const PersonRestrictionRow = z
  .strictObject({
    person: Identifier,
    instrument: Identifier.optional(),
    issuer: Identifier.optional(),
    reason: Sentence,
    ...days,
  })
  .refine(hasName, unnamed);

/** People restricted in a name. */
export const PersonRestrictionsFile = z.strictObject({
  ...factsHead,
  kind: z.literal('person-restrictions'),
  rows: z.array(PersonRestrictionRow).max(20_000),
});

/** An issuer or counterparty that a sanctions list hits, as screening compiled it. */
export const SanctionedPartyRow = z.strictObject({
  party: Identifier,
  list: Identifier,
  entry: z.string().min(1).max(100),
});

/** The compiled sanctions list. Shape: `lists` names each list that went in, with its version. */
export const SanctionsFile = z.strictObject({
  ...factsHead,
  kind: z.literal('sanctions'),
  lists: z
    .array(z.strictObject({ list: Identifier, version: z.string().min(1).max(100) }))
    .min(1)
    .max(100),
  rows: z.array(SanctionedPartyRow).max(200_000),
});

/** A locate: somebody will lend so much. Units: `quantity` in units of the instrument; times are wall time. */
export const LocateRow = z.strictObject({
  id: Identifier,
  account: Identifier,
  instrument: Identifier,
  quantity: QuantityText,
  lender: Sentence,
  from: InstantText,
  to: InstantText,
});

/** Locates, and the instruments that are easy to borrow. Shape: `easyToBorrow` counts as of `asOf`. */
export const LocatesFile = z.strictObject({
  ...factsHead,
  kind: z.literal('locates'),
  easyToBorrow: z.array(Identifier).max(20_000),
  rows: z
    .array(LocateRow)
    .max(20_000)
    .refine(...eachOnce(({ id }: z.output<typeof LocateRow>) => id)),
});

/**
 * The state of an instrument under Regulation SHO.
 *
 * Shape: the price test holds from the day it was triggered to the end of the next trading day, both given by whoever knows the
 *        calendar; `closeOut` says that a fail is not closed out, and `preBorrow` lists the locates that are borrowed already.
 */
export const ShortSaleRow = z.strictObject({
  instrument: Identifier,
  priceTest: z
    .strictObject({ from: DayText, to: DayText })
    .refine(({ from, to }) => to > from, 'a price test holds on the next trading day as well')
    .optional(),
  isThreshold: z.boolean(),
  closeOut: z.strictObject({ from: DayText, to: DayText.optional() }).optional(),
  preBorrowed: z.array(Identifier).max(1_000),
});

/** Price tests, threshold securities and close-outs. */
export const ShortSaleFile = z.strictObject({
  ...factsHead,
  kind: z.literal('short-sale'),
  rows: z
    .array(ShortSaleRow)
    .max(20_000)
    .refine(...eachOnce(({ instrument }: z.output<typeof ShortSaleRow>) => instrument)),
});

/** A trader, what they may deal in, and for whom. Shape: an absent list permits all of its kind. */
export const TraderRow = z.strictObject({
  trader: Identifier,
  accounts: z.array(Identifier).max(1_000),
  desks: z.array(Identifier).max(100),
  venues: z.array(Identifier).max(100).optional(),
  instruments: z.array(Identifier).max(5_000).optional(),
  assetClasses: z.array(AssetClass).optional(),
  ...days,
});

/** An account and whose it is. */
export const AccountRow = z.strictObject({
  account: Identifier,
  client: Identifier,
  state: z.enum(['open', 'closing', 'closed']),
  environment: z.enum(['paper', 'live']),
});

/** A version of an algorithm that a designated person let out. Source: RTS 6 Art. 5(2), 11. */
export const AlgorithmRow = z.strictObject({
  algorithm: Identifier,
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  environments: z.array(z.enum(['paper', 'live'])).min(1),
  approvedBy: Identifier,
  ...days,
});

/** Who and what may enter orders. */
export const EntitlementsFile = z.strictObject({
  ...factsHead,
  kind: z.literal('entitlements'),
  traders: z
    .array(TraderRow)
    .max(5_000)
    .refine(...eachOnce(({ trader }: z.output<typeof TraderRow>) => trader)),
  accounts: z
    .array(AccountRow)
    .max(5_000)
    .refine(...eachOnce(({ account }: z.output<typeof AccountRow>) => account)),
  algorithms: z.array(AlgorithmRow).max(5_000),
});
