import { z } from 'zod';
import { type JsonValue, sha256 } from '../journal/canonical.ts';
import type { Signer, Verifier } from '../journal/note.ts';
import { openDocument, signDocument } from '../journal/typed-note.ts';
import { ScopeText } from './decision.ts';
import { decode, encode } from './decode.ts';
import { Count, HashText, Identifier, InstantText, Sentence } from './fields.ts';

/** The first line of a signed command. */
export const COMMAND_TYPE = 'gatehouse/command/v1';
/** The first line of a signed heartbeat. */
export const HEARTBEAT_TYPE = 'gatehouse/heartbeat/v1';
/** The first line of the envelope in which a control object travels to one edge. */
export const OBJECT_TYPE = 'gatehouse/object/v1';

/** The most objects that one heartbeat can list, and so the most that an edge can have. */
export const HEARTBEAT_OBJECTS_MAX = 1_000;

/** Where an edge fetches what is too long for its object: below this, by its hash, and with `from` from a byte on. */
export const BODY_PATH = '/v1/shapes/bodies/';
/** The header of a piece that says how long the whole is. Units: bytes. */
export const BODY_SIZE_HEADER = 'gatehouse-body-size';
/** The longest piece. Units: bytes. */
export const BODY_CHUNK_BYTES_MAX = 262_144;

/** The longest file that travels inside its object. Units: UTF-16 code units. */
export const CONTENT_LENGTH_MAX = 60_000;

/** The kinds of document that the hub carries to an edge. */
export const ObjectKind = z.enum([
  'sheet',
  'trust',
  'lease',
  'restricted-list',
  'locates',
  'sanctions',
  'algorithms',
  'calendars',
]);
export type ObjectKind = z.output<typeof ObjectKind>;

const Seq = z.int().min(1);

/** What every command says, whatever it asks for. Shape: `seq` grows by one with each command for the edge. */
const head = {
  v: z.literal(1),
  id: Identifier,
  edge: Identifier,
  seq: Seq,
  issuedAt: InstantText,
  /** The person at the hub who asked for it, or the part of the hub that did. */
  by: Identifier,
  reason: Sentence,
};

const stop = { ...head, scopes: z.array(ScopeText).min(1).max(8) };
const term = { notAfter: InstantText };

/**
 * What the hub asks of one edge.
 *
 * Shape:  a `kill` never expires, everything else counts until `notAfter`. `pause` and `reduce` keep new risk out of their scopes and
 *         let reducing orders pass. A `release` carries the document that two people signed. Commands that stop something
 *         may hold keys that this release does not know, since a stop must never fail for them; all others may not.
 * Units:  wall time.
 * Source: RTS 6 Art. 12 (kill functionality); Art. 15(3) (re-enabling by designated staff).
 */
export const Command = z.discriminatedUnion('kind', [
  z.object({ ...stop, kind: z.literal('kill'), level: z.enum(['cancel', 'flatten']) }),
  z.object({ ...stop, ...term, kind: z.literal('pause') }),
  z.object({ ...stop, ...term, kind: z.literal('reduce') }),
  z.strictObject({
    ...head,
    ...term,
    kind: z.literal('release'),
    kill: Identifier,
    document: z.string().min(1).max(20_000),
  }),
  z.strictObject({ ...head, ...term, kind: z.literal('rotate-keys'), which: z.literal('access') }),
  z.strictObject({ ...head, ...term, kind: z.literal('refetch'), what: z.literal('control') }),
  z.strictObject({ ...head, ...term, kind: z.literal('upgrade-notice'), release: z.string().min(1).max(64) }),
]);
export type Command = z.output<typeof Command>;

/** What a command says of its place, readable even where the rest is of a newer release. */
export const CommandHead = z.looseObject({ ...head, kind: Identifier });
export type CommandHead = z.output<typeof CommandHead>;

/** What a command does to the risk that the edge may take. Shape: `neutral` changes nothing about it. */
export type CommandEffect = 'tightening' | 'loosening' | 'neutral';

const EFFECTS: Readonly<Record<Command['kind'], CommandEffect>> = {
  kill: 'tightening',
  pause: 'tightening',
  reduce: 'tightening',
  release: 'loosening',
  'rotate-keys': 'neutral',
  refetch: 'neutral',
  'upgrade-notice': 'neutral',
};

/**
 * Whether a kind of command tightens or loosens; one that this release does not know may do anything, so it loosens.
 *
 * Shape: what tightens applies at once, everything else in its order.
 */
export function effectOf(kind: string): CommandEffect {
  return Object.hasOwn(EFFECTS, kind) ? EFFECTS[kind as Command['kind']] : 'loosening';
}

/**
 * The hub's word on what is current for one edge: it gives freshness, and shows what somebody on the way keeps back.
 *
 * Shape:  `seq` grows with each heartbeat of an edge. `hash` is SHA-256 over the note as it travels; `commandSeq` is the number of the
 *         newest command, 0 before the first. Units: after `termMs` without another one the hub counts as silent.
 */
export const Heartbeat = z.strictObject({
  v: z.literal(1),
  edge: Identifier,
  seq: Seq,
  at: InstantText,
  termMs: z.int().min(1),
  commandSeq: Count,
  objects: z
    .array(z.strictObject({ kind: ObjectKind, name: Identifier, version: Count, hash: HashText }))
    .max(HEARTBEAT_OBJECTS_MAX),
});
export type Heartbeat = z.output<typeof Heartbeat>;

/**
 * A control object on its way to one edge.
 *
 * Shape:  the envelope, which the hub signs, says for whom it is and which version; `document` is the signed document itself, and
 *         only its own signatures say whether it counts. Versions of a kind and name grow. `content` is the file that the document names
 *         by its hash, where it is short; a longer one is fetched by that hash.
 */
export const ControlObject = z.strictObject({
  v: z.literal(1),
  edge: Identifier,
  kind: ObjectKind,
  name: Identifier,
  version: Count,
  issuedAt: InstantText,
  document: z.string().min(1).max(900_000),
  content: z.string().min(1).max(CONTENT_LENGTH_MAX).optional(),
});
export type ControlObject = z.output<typeof ControlObject>;

/** The signed note of a command. */
export function signCommand(signer: Signer, command: Command): string {
  return signDocument(signer, COMMAND_TYPE, plain(encode(Command, command)));
}

/** The command in a note. Errors: as `openDocument`; `MESSAGE_MALFORMED` listing every problem. */
export function openCommand(note: string, verifiers: readonly Verifier[]): Command {
  return decode(Command, openDocument(note, COMMAND_TYPE, verifiers).value, 'the command');
}

/** The signed note of a heartbeat. */
export function signHeartbeat(signer: Signer, heartbeat: Heartbeat): string {
  return signDocument(signer, HEARTBEAT_TYPE, plain(encode(Heartbeat, heartbeat)));
}

/** The heartbeat in a note. Errors: as `openDocument`; `MESSAGE_MALFORMED` listing every problem. */
export function openHeartbeat(note: string, verifiers: readonly Verifier[]): Heartbeat {
  return decode(Heartbeat, openDocument(note, HEARTBEAT_TYPE, verifiers).value, 'the heartbeat');
}

/** The signed note of an object's envelope. */
export function signObject(signer: Signer, object: ControlObject): string {
  return signDocument(signer, OBJECT_TYPE, plain(encode(ControlObject, object)));
}

/** The object in an envelope. Errors: as `openDocument`; `MESSAGE_MALFORMED` listing every problem. */
export function openObject(note: string, verifiers: readonly Verifier[]): ControlObject {
  return decode(ControlObject, openDocument(note, OBJECT_TYPE, verifiers).value, 'the control object');
}

/** The hash that a heartbeat names an object by: SHA-256, in hex, over the note as it travels. */
export function travellingHash(note: string): string {
  return sha256(note).toString('hex');
}

/** The value without keys that are absent; its form was checked by its schema. */
function plain(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}
