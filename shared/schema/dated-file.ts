import { z } from 'zod';
import type { ObjectKind } from './control.ts';
import type { FactsKind } from './facts/index.ts';
import { HashText, InstantText, LeiText, Sentence } from './fields.ts';

/** The first line of the signed document that brings a dated file into force. */
export const DATED_FILE_TYPE = 'gatehouse/dated-file/v1';

/** The kinds of dated file that the hub gives to its edges. */
export const HubFileKind = z.enum(['restrictions', 'locates', 'sanctions', 'entitlements', 'calendars']);
export type HubFileKind = z.output<typeof HubFileKind> & FactsKind;

/** Under which kind of control object each of them travels. */
export const OBJECT_KINDS = {
  restrictions: 'restricted-list',
  locates: 'locates',
  sanctions: 'sanctions',
  entitlements: 'algorithms',
  calendars: 'calendars',
} as const satisfies Record<HubFileKind, ObjectKind>;

/** The largest dated file that the hub gives; only a list of sanctions may be larger than one entry. Units: bytes. */
export const HUB_FILE_BYTES_MAX = 16_777_216;
/** The longest signed document about a file. Units: UTF-16 code units. */
export const DATED_FILE_LENGTH_MAX = 20_000;

/**
 * The word of people that a dated file is in force, for all edges of a legal entity in an environment.
 *
 * Shape:  numbers of a kind grow by one; `previous` names the document before by the SHA-256 of its note, the first has none. The file
 *         itself stands beside it and is named by the hash of its exact text. It counts from `from` and ends with `to`: after that
 *         nothing of its kind is known, and what needs it refuses.
 * Source: 17 CFR 240.15c3-5(d) (direct and exclusive control); RTS 6 Art. 15.
 */
export const DatedFile = z.strictObject({
  v: z.literal(1),
  kind: HubFileKind,
  sequence: z.int().min(1),
  environment: z.enum(['paper', 'live']),
  legalEntity: LeiText,
  from: InstantText,
  to: InstantText.optional(),
  previous: HashText.optional(),
  reason: Sentence,
  content: z.strictObject({ hash: HashText, bytes: z.int().min(1).max(HUB_FILE_BYTES_MAX) }),
});
export type DatedFile = z.output<typeof DatedFile>;
