import { z } from 'zod';
import { ScopeText } from './decision.ts';
import { Count, CurrencyText, Identifier, InstantText, LeiText, Sentence } from './fields.ts';

/** The first line of a signed limit sheet. */
export const SHEET_TYPE = 'gatehouse/sheet/v1';

/** A figure as a sheet writes it: an exact decimal or a name as text, a whole number, or a list of names. */
export const FigureText = z.union([z.string().max(500), z.int(), z.array(z.string().max(200)).max(5_000)]);

export type FigureText = z.output<typeof FigureText>;

/** The figures of one control in one scope, with the reason for their size. */
const ScopeLine = z.strictObject({
  scope: ScopeText,
  figures: z.record(z.string(), FigureText),
  reason: Sentence.optional(),
});

const SheetLine = z.union([
  z.strictObject({
    control: Identifier,
    version: Count,
    /** The person who answers for this control. */
    owner: Identifier.optional(),
    on: z.array(ScopeLine).min(1).max(2_000),
  }),
  z.strictObject({ control: Identifier, owner: Identifier.optional(), off: z.strictObject({ reason: Sentence }) }),
]);

/**
 * What trips by itself: a breaker with its figures for one scope, and how far the kill goes that it makes.
 *
 * Shape: one breaker may have several lines for one scope, a step each, with growing levels.
 */
const BreakerLine = z.strictObject({
  breaker: Identifier,
  version: Count,
  scope: ScopeText,
  level: z.enum(['pause', 'cancel', 'flatten']),
  figures: z.record(z.string(), FigureText),
  reason: Sentence.optional(),
});

/**
 * The limits of a legal entity, as one document that people sign.
 *
 * Shape:  names every control as on, with figures per scope, or off, with a reason; a control it does not name refuses.
 *         A breaker that it does not name never trips.
 *         `sequence` grows with each sheet of an entity, and an edge never goes back. The maker and every checker sign.
 * Units:  as the control's own limits schema says; `currency` is the firm's own, in which values are compared.
 * Source: 17 CFR 240.15c3-5(b), (c)(1) (thresholds set in advance); RTS 6 Art. 8, 15.
 */
export const Sheet = z.strictObject({
  v: z.literal(1),
  id: Identifier,
  sequence: z.int().min(1),
  mark: z.enum(['DEMO', 'FIRM']),
  environment: z.enum(['paper', 'live']),
  accounts: z.array(Identifier).min(1).max(100),
  legalEntity: LeiText,
  currency: CurrencyText,
  from: InstantText,
  to: InstantText.optional(),
  maker: Identifier,
  checkers: z.array(Identifier).max(5),
  reason: Sentence,
  controls: z.array(SheetLine).min(1).max(500),
  breakers: z.array(BreakerLine).max(500).optional(),
});

export type Sheet = z.output<typeof Sheet>;
