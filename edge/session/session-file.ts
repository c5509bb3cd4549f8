import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { canonicalJson, type JsonValue, sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { AssetClass } from '@gatehouse/shared/schema/facts/reference-data.ts';
import { CurrencyText, DecimalText, Identifier, PriceText, Sentence } from '@gatehouse/shared/schema/fields.ts';
import { isZero, signOf } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';

const STRATEGIES_MAX = 20;
const WARM_UP_MAX = 1_000;
const BYTES_MAX = 64 * 1024;

const Positive = DecimalText.refine((value) => signOf(value) > 0, 'not above zero');

/**
 * What a paper session trades, where, on which prices and with what.
 *
 * Shape:  `connector` names the way to the venue and `settings` are its own; without a feed of the venue's bars a file is replayed.
 *         With the time of the `market`, orders are decided at the times of the bars, as in a replay; with that of the `wall`, at
 *         this computer's. `price` is about what a unit costs, from which the limits of the demonstration are sized.
 * Units:  `tick` in `currency` per unit, `lot` and `units` in units, `multiplier` in `currency` per point and unit, `deposit` in
 *         `currency`, `feeBps` in basis points of a fill's value; `opening` is what the account holds already.
 */
export const SessionFile = z
  .strictObject({
    v: z.literal(1),
    title: Sentence,
    connector: Identifier,
    account: Identifier.optional(),
    settings: z.json().optional(),
    time: z.enum(['market', 'wall']),
    instrument: z.strictObject({
      id: Identifier,
      title: Sentence,
      venue: Identifier,
      currency: CurrencyText,
      assetClass: AssetClass,
      sector: Identifier,
      price: PriceText,
      tick: Positive,
      lot: Positive,
      quantityMax: Positive,
      multiplier: Positive,
      zone: z.string().min(1).max(64),
      isShortable: z.boolean(),
    }),
    strategies: z
      .array(z.strictObject({ id: Identifier, units: Positive }))
      .min(1)
      .max(STRATEGIES_MAX)
      .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, 'a strategy is named twice'),
    feed: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('file'), path: z.string().min(1) }),
      z.strictObject({
        kind: z.literal('venue'),
        spanMinutes: z.literal([1, 5, 15, 60]),
        warmUp: z.int().min(1).max(WARM_UP_MAX),
      }),
    ]),
    feeBps: DecimalText.refine((value) => signOf(value) >= 0, 'below zero'),
    deposit: Positive,
    opening: z.strictObject({ quantity: DecimalText, cost: DecimalText }).optional(),
  })
  .refine(({ opening }) => opening === undefined || !isZero(opening.quantity), {
    message: 'what is held at the opening is nothing',
    path: ['opening', 'quantity'],
  });

export type SessionFile = z.output<typeof SessionFile>;

/** A session's file as it was read. Shape: `hash` is that of its meaning, not of its spaces; paths in it are absolute. */
export interface ReadSession {
  readonly session: SessionFile;
  readonly hash: string;
}

/** Reads what a session trades. Errors: `NOT_FOUND`, `FILE_MALFORMED`; `MESSAGE_MALFORMED` listing every problem. */
export function readSessionFile(path: string): ReadSession {
  const text = readText(path);
  const json = parseJson(text, path);
  const session = decode(SessionFile, json, `the session file ${path}`);
  const hash = sha256(canonicalJson(json)).toString('hex');
  if (session.feed.kind !== 'file') return { session, hash };
  return { session: { ...session, feed: { ...session.feed, path: resolve(dirname(path), session.feed.path) } }, hash };
}

function readText(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length <= BYTES_MAX) return text;
  } catch (cause) {
    throw new KitError('NOT_FOUND', `the session file ${path} cannot be read: ${describeError(cause)}`, {
      hint: 'Check the path and the rights of the file.',
      cause,
    });
  }
  throw new KitError('FILE_MALFORMED', `the session file ${path} is longer than ${BYTES_MAX} characters`, {
    hint: 'A session file names one instrument and a few strategies.',
  });
}

function parseJson(text: string, path: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new KitError('FILE_MALFORMED', `the session file ${path} is no JSON: ${describeError(cause)}`, {
      hint: 'See docs/sessions.md for an example.',
      cause,
    });
  }
}
