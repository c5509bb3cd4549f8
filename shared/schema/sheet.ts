import { z } from 'zod';
import { ScopeText } from './decision.ts';
import { Count, Identifier, InstantText, LeiText, Sentence } from './fields.ts';

/** The first line of a signed limit sheet. */
export const SHEET_TYPE = 'gatehouse/sheet/v1';

const SheetLine = z.union([
  z.strictObject({
    control: Identifier,
    version: Count,
    on: z
      .array(z.strictObject({ scope: ScopeText, figures: z.record(z.string(), z.union([z.string(), z.int()])) }))
      .min(1)
      .max(1_000),
  }),
  z.strictObject({ control: Identifier, off: z.strictObject({ reason: Sentence }) }),
]);

/**
 * The limits of a legal entity, as one document that people sign.
 *
 * Shape:  names every control as on, with figures per scope, or off, with a reason; a control it does not name refuses.
 * Units:  as the control's own limits schema says.
 * Source: 17 CFR 240.15c3-5(b), (c)(1) (thresholds set in advance); RTS 6 Art. 8, 15.
 */
export const Sheet = z.strictObject({
  v: z.literal(1),
  id: Identifier,
  mark: z.enum(['DEMO', 'FIRM']),
  environment: z.enum(['paper', 'live']),
  accounts: z.array(Identifier).min(1).max(100),
  legalEntity: LeiText,
  from: InstantText,
  to: InstantText.optional(),
  maker: Identifier,
  reason: Sentence,
  controls: z.array(SheetLine).min(1).max(500),
});

export type Sheet = z.output<typeof Sheet>;
