import { z } from 'zod';
import { Count, CurrencyText, Identifier, InstantText } from '../schema/fields.ts';
import { type Decimal, fromUnits, toText, trim } from '../values/decimal.ts';
import type { AccountLedgerStart } from './account-ledger.ts';
import { type Holding, restoredHolding } from './holding.ts';

/**
 * A decimal with as many digits as sums of products have, which are more than a price or a quantity may have.
 *
 * Shape: written without zeros at its end, so that equal values have one text.
 */
const ExactText = z.codec(
  z
    .string()
    .max(200)
    .regex(/^(?!-0$)-?(?:0|[1-9]\d*)(?:\.\d{0,71}[1-9])?$/, 'not an exact decimal'),
  z.custom<Decimal>(),
  {
    decode: (text) => {
      const [whole = '', fraction = ''] = text.split('.');
      return fromUnits(BigInt(whole + fraction), fraction.length);
    },
    encode: (value) => toText(trim(value)),
  },
);

const FillId = z.string().min(1).max(64);

const Average = z.strictObject({ quantity: ExactText, cost: ExactText, realised: ExactText, fees: ExactText });

const Lot = z.strictObject({
  fill: FillId,
  at: InstantText,
  quantity: ExactText,
  price: ExactText,
  multiplier: ExactText,
  cost: ExactText,
});

const Fill = z.strictObject({
  fill: FillId,
  order: z.string(),
  side: z.enum(['buy', 'sell']),
  quantity: ExactText,
  price: ExactText,
  fee: ExactText,
  feeCurrency: CurrencyText.optional(),
  multiplier: ExactText,
  at: InstantText,
});

const Step = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['fill', 'busted', 'undo']), fill: Fill }),
  z.strictObject({
    kind: z.literal('adjustment'),
    adjustment: z.strictObject({ id: FillId, at: InstantText, quantity: ExactText, cost: ExactText }),
  }),
  z.strictObject({
    kind: z.literal('split'),
    at: InstantText,
    ratio: z.strictObject({ numerator: Count, denominator: Count, lot: ExactText.optional() }),
  }),
]);

/** A holding as it is kept: its base and the steps since, from which the rest is folded again. */
export const HoldingState = z.strictObject({
  currency: CurrencyText,
  base: z.strictObject({ average: Average, lots: z.strictObject({ open: z.array(Lot), realised: ExactText }) }),
  steps: z.array(Step),
});
export type HoldingState = z.output<typeof HoldingState>;

/** A purse as it is kept. */
export const PurseState = z.strictObject({
  amount: ExactText,
  moved: z.strictObject({
    deposit: ExactText.optional(),
    withdrawal: ExactText.optional(),
    dividend: ExactText.optional(),
    funding: ExactText.optional(),
    financing: ExactText.optional(),
    interest: ExactText.optional(),
    fee: ExactText.optional(),
    fraction: ExactText.optional(),
    adjustment: ExactText.optional(),
  }),
  fees: ExactText,
  granted: ExactText,
});
export type PurseState = z.output<typeof PurseState>;

/** All of an `AccountLedger` as it is kept. */
export const LedgerState = z.strictObject({
  holdings: z.array(z.strictObject({ account: Identifier, instrument: Identifier, holding: HoldingState })),
  purses: z.array(z.strictObject({ account: Identifier, currency: CurrencyText, purse: PurseState })),
  renamed: z.array(z.strictObject({ from: Identifier, into: Identifier, at: InstantText })),
  done: z.array(z.string()),
});
export type LedgerState = z.output<typeof LedgerState>;

/** The part of a holding that is kept. */
export function stateOfHolding({ currency, base, steps }: Holding): HoldingState {
  return { currency, base: { ...base, lots: { ...base.lots, open: [...base.lots.open] } }, steps: [...steps] };
}

/** The holding of what was kept. */
export function holdingOfState(state: HoldingState): Holding {
  return restoredHolding(state);
}

/** What is kept of a whole ledger. */
export function stateOfLedger({ holdings, purses, renamed, done }: AccountLedgerStart): LedgerState {
  return {
    holdings: holdings.map(({ holding, ...place }) => ({ ...place, holding: stateOfHolding(holding) })),
    purses: [...purses],
    renamed: [...renamed],
    done: [...done],
  };
}

/** What a ledger goes on from, of what was kept. */
export function ledgerOfState({ holdings, ...rest }: LedgerState): AccountLedgerStart {
  return {
    ...rest,
    holdings: holdings.map(({ holding, ...place }) => ({ ...place, holding: holdingOfState(holding) })),
  };
}
