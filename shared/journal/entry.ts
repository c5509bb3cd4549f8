import { hash } from 'node:crypto';
import { KitError } from '../errors.ts';
import { canonicalJson, type JsonValue, parseCanonical } from './canonical.ts';
import { hasForm, isCountFrom, isRecord, isStamp, unknownKeys } from './forms.ts';

/** What the clock said of itself when the entry was made. Units: nanoseconds, integers as text. */
interface EntryClock {
  readonly source: string;
  readonly offsetNs: string;
  readonly uncertaintyNs: string;
}

/**
 * What is chained, signed and kept for ever of one thing that happened.
 *
 * Shape:  hashes are 64 lower-case hex digits; `seq` starts at 1 in each `epoch` and has no gaps; `prev` is the hash of
 *         the entry before.
 * Units:  `at` is wall time, `YYYY-MM-DDThh:mm:ss.fffffffffZ`.
 */
export interface EntryHeader {
  readonly v: 1;
  readonly edge: string;
  readonly epoch: number;
  readonly seq: number;
  readonly at: string;
  readonly clock: EntryClock;
  readonly kind: string;
  readonly bodyHash: string;
  readonly prev: string;
}

/** An entry as it travels and as it is stored: two texts and the salt that hides the body behind its hash. */
export interface WireEntry {
  readonly headerText: string;
  readonly salt: Uint8Array;
  readonly bodyText: string;
}

/** An entry whose header, hash, salt and body belong together. */
export interface SealedEntry extends WireEntry {
  readonly header: EntryHeader;
  readonly hash: string;
}

/** The end of a chain: the last entry's place and hash, or the place before the first. */
export interface ChainHead {
  readonly edge: string;
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
}

/** When an entry was made and by which clock. */
export interface EntryStamp {
  readonly at: string;
  readonly clock: EntryClock;
}

/** What `sealEntry` needs: where the chain stands, and what happened. */
export interface EntryDraft {
  readonly head: ChainHead;
  readonly at: EntryStamp;
  readonly kind: string;
  /** A value, or (as a string) the text that `canonicalJson` made of one. */
  readonly body: JsonValue;
  /** 16 random bytes that nobody can guess. */
  readonly salt: Uint8Array;
}

/** The `prev` of the very first entry. */
export const GENESIS_HASH = '0'.repeat(64);

/** The longest header. Units: bytes. Source: C2SP tlog-tiles, an entry's length is a 16-bit number. */
export const HEADER_BYTES_MAX = 65_535;

/** The longest body; what is larger is stored beside, by hash. Units: bytes. */
export const BODY_BYTES_MAX = 1_048_575;

/** The length of the salt of a body. Units: bytes. */
export const SALT_BYTES = 16;

/** Four bytes make two units of UTF-16. */
const UTF8_BYTES_A_UNIT_MAX = 3;

const ENTRY_DOMAIN = 'gatehouse/entry/v1\n';
const HEADER_KEYS = ['at', 'bodyHash', 'clock', 'edge', 'epoch', 'kind', 'prev', 'seq', 'v'];
const CLOCK_KEYS = ['offsetNs', 'source', 'uncertaintyNs'];

/**
 * The canonical text of a header, written by hand since every entry needs it; equal to `canonicalJson(header)`.
 *
 * Shape: of a header whose digits, hashes and time have their forms, which hold nothing to escape.
 */
export function headerText(header: EntryHeader): string {
  const { at, epoch, prev, seq, v } = header;
  const { offsetNs, source, uncertaintyNs } = header.clock;
  const clock = `{"offsetNs":"${offsetNs}","source":${canonicalJson(source)},"uncertaintyNs":"${uncertaintyNs}"}`;
  const first = `{"at":"${at}","bodyHash":"${header.bodyHash}","clock":${clock},"edge":${canonicalJson(header.edge)}`;
  return `${first},"epoch":${epoch},"kind":${canonicalJson(header.kind)},"prev":"${prev}","seq":${seq},"v":${v}}`;
}

/** The hash that the next entry names as its `prev`. Shape: hex of SHA-256 over a domain line and the header's bytes. */
export function entryHash(text: string): string {
  return hash('sha256', ENTRY_DOMAIN + text, 'hex');
}

/** The hash that binds a body to its header. Shape: hex of SHA-256 over the salt and the body's bytes. */
export function bodyHash(salt: Uint8Array, bodyText: string): string {
  // One call over a copy costs less than three calls without one.
  const bytes = Buffer.allocUnsafe(salt.length + Buffer.byteLength(bodyText, 'utf8'));
  bytes.set(salt);
  bytes.write(bodyText, salt.length, 'utf8');
  return hash('sha256', bytes, 'hex');
}

/**
 * Makes the entry that follows a head.
 *
 * Errors: `VALUE_MALFORMED` listing every problem, where a field has not its form, the salt is not 16 bytes, or the body
 *         is no canonical text or too large.
 */
export function sealEntry(draft: EntryDraft): SealedEntry {
  const { head, at, kind, salt } = draft;
  const bodyText = typeof draft.body === 'string' ? draft.body : canonicalJson(draft.body);
  const header: EntryHeader = {
    v: 1,
    edge: head.edge,
    epoch: head.epoch,
    seq: head.seq + 1,
    at: at.at,
    clock: at.clock,
    kind,
    bodyHash: bodyHash(salt, bodyText),
    prev: head.hash,
  };
  const problems = [...bodyProblems({ salt, bodyText })];
  // Both hashes are our own, and there is no key that we do not know.
  checkFields(header, problems);
  if (problems.length > 0) throw new KitError('VALUE_MALFORMED', `entry ${header.seq}: ${problems.join('; ')}`);
  const text = headerText(header);
  return { header, headerText: text, hash: entryHash(text), salt, bodyText };
}

/**
 * The header that a text holds.
 *
 * Errors: `MESSAGE_MALFORMED` listing every problem: not canonical, too long, an unknown key, or a field not of its form.
 */
export function parseHeader(text: string): EntryHeader {
  if (text.length > HEADER_BYTES_MAX) throw malformedHeader([`longer than ${HEADER_BYTES_MAX} bytes`]);
  const value = parseObject(text);
  const problems: string[] = [];
  if (!isHeader(value, problems)) throw malformedHeader(problems);
  if (headerText(value) !== text) throw malformedHeader(['not in its canonical form (RFC 8785)']);
  return value;
}

/** The value of a body's text. Errors: `MESSAGE_MALFORMED` where the text is too large or not canonical. */
export function parseBody(bodyText: string): JsonValue {
  if (!isLongerThan(bodyText, BODY_BYTES_MAX)) return parseCanonical(bodyText);
  throw new KitError('MESSAGE_MALFORMED', `body longer than ${BODY_BYTES_MAX} bytes`);
}

/**
 * What is wrong with the form of a body and its salt, in words; empty where nothing is.
 *
 * Shape: whether the text is canonical throughout is `parseBody`'s question; this one is cheap enough for every entry.
 */
export function bodyProblems(part: { readonly salt: Uint8Array; readonly bodyText: string }): readonly string[] {
  const problems: string[] = [];
  if (part.salt.length !== SALT_BYTES) problems.push(`salt of ${part.salt.length} bytes, not ${SALT_BYTES}`);
  if (part.bodyText === '') problems.push('empty body');
  if (isLongerThan(part.bodyText, BODY_BYTES_MAX)) problems.push(`body over ${BODY_BYTES_MAX} bytes`);
  if (part.bodyText.includes('\n')) problems.push('body with a raw line break');
  // Lone surrogates all encode to the same three bytes, so two different texts would share a hash.
  if (!part.bodyText.isWellFormed()) problems.push('body with a lone surrogate');
  return problems;
}

/** Whether a text takes more bytes than it may. Shape: most are so short that nothing has to be counted. */
export function isLongerThan(text: string, bytesMax: number): boolean {
  return text.length * UTF8_BYTES_A_UNIT_MAX > bytesMax && Buffer.byteLength(text, 'utf8') > bytesMax;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformedHeader(['not JSON'], cause);
  }
  if (!isRecord(value)) throw malformedHeader(['not an object']);
  return value;
}

function malformedHeader(problems: readonly string[], cause?: unknown): KitError {
  return new KitError('MESSAGE_MALFORMED', `entry header: ${problems.join('; ')}`, { cause });
}

/** Whether a value is a header; what is wrong with it is added to the problems. */
function isHeader(value: object, problems: string[]): value is EntryHeader {
  const header: UncheckedHeader = value;
  const clock = isRecord(header.clock) ? header.clock : {};
  const before = problems.length;
  checkFields(header, problems);
  for (const name of ['bodyHash', 'prev'] as const) {
    if (!hasForm(header[name], 'hash')) problems.push(`${name} is not 64 lower-case hex digits`);
  }
  problems.push(...unknownKeys(value, HEADER_KEYS), ...unknownKeys(clock, CLOCK_KEYS));
  return problems.length === before;
}

type UncheckedHeader = Partial<Record<keyof EntryHeader, unknown>>;

/** Checks all fields of a header but its two hashes. */
function checkFields(header: UncheckedHeader, problems: string[]): void {
  const clock = isRecord(header.clock) ? header.clock : {};
  const claim = (holds: boolean, name: string, form: string): void => {
    if (!holds) problems.push(`${name} is not ${form}`);
  };
  claim(header.v === 1, 'v', '1');
  claim(hasForm(header.edge, 'edge'), 'edge', 'an edge id');
  claim(isCountFrom(header.epoch, 1), 'epoch', 'an integer from 1');
  claim(isCountFrom(header.seq, 1), 'seq', 'an integer from 1');
  claim(isStamp(header.at), 'at', 'an instant in nanoseconds UTC');
  claim(hasForm(clock['source'], 'source'), 'clock.source', 'a short name');
  claim(hasForm(clock['offsetNs'], 'integer'), 'clock.offsetNs', 'an integer as text');
  claim(hasForm(clock['uncertaintyNs'], 'natural'), 'clock.uncertaintyNs', 'a natural number as text');
  claim(hasForm(header.kind, 'kind'), 'kind', 'a kind');
}
