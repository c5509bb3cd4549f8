import { isUtf8 } from 'node:buffer';
import { KitError } from '../errors.ts';
import { BODY_BYTES_MAX, HEADER_BYTES_MAX, isLongerThan, type WireEntry } from './entry.ts';
import { hasForm } from './forms.ts';

export type { WireEntry } from './entry.ts';

/** What one message of the uplink brings. */
export interface Batch {
  readonly entries: readonly WireEntry[];
  /** The signed head of the last entry; without entries, of where the chain stands. */
  readonly headNote: string;
}

/** The most entries in one batch. */
export const BATCH_ENTRIES_MAX = 1000;

/** The longest batch. Units: bytes. */
export const BATCH_BYTES_MAX = 4 * 1024 * 1024;

const TYPE = 'gatehouse/batch/v1';
const LINES_PER_ENTRY = 3;
const FIRST_ENTRY_LINE = 2;
const PROBLEMS_MAX = 20;

/**
 * The bytes of a batch.
 *
 * Shape:  the type on the first line; per entry its header, its salt in hex and its body, each on one line; an empty
 *         line; the signed head note.
 * Errors: `VALUE_MALFORMED` where it would be longer than `BATCH_ENTRIES_MAX` or `BATCH_BYTES_MAX`, or a text is empty
 *         or holds a line break.
 */
export function encodeBatch(entries: readonly WireEntry[], headNote: string): Buffer {
  const lines = entries.flatMap(({ headerText, salt, bodyText }) => [headerText, hexOf(salt), bodyText]);
  const bytes = Buffer.from(`${[TYPE, ...lines].join('\n')}\n\n${headNote}`, 'utf8');
  if (entries.length > BATCH_ENTRIES_MAX) throw tooLarge(`${entries.length} entries`);
  if (bytes.length > BATCH_BYTES_MAX) throw tooLarge(`${bytes.length} bytes`);
  const broken = lines.findIndex((line) => line === '' || line.includes('\n'));
  if (broken < 0) return bytes;
  const seq = Math.floor(broken / LINES_PER_ENTRY) + 1;
  throw new KitError('VALUE_MALFORMED', `entry ${seq} of the batch has a text that is not one line`);
}

/** The room that an entry takes in a batch. Units: bytes. */
export function wireBytes(entry: WireEntry): number {
  const texts = Buffer.byteLength(entry.headerText, 'utf8') + Buffer.byteLength(entry.bodyText, 'utf8');
  return texts + 2 * entry.salt.length + LINES_PER_ENTRY;
}

/**
 * The batch that bytes hold; its entries and its head note are still to be verified.
 *
 * Errors: `MESSAGE_MALFORMED` listing problems by line, at most `PROBLEMS_MAX` of them.
 */
export function decodeBatch(bytes: Uint8Array): Batch {
  if (bytes.length > BATCH_BYTES_MAX) throw malformed([`longer than ${BATCH_BYTES_MAX} bytes`]);
  const text = decodeUtf8(bytes);
  const end = text.indexOf('\n\n');
  if (end < 0) throw malformed(['no empty line before the head note']);
  const [type, ...lines] = text.slice(0, end).split('\n');
  const headNote = text.slice(end + 2);
  const problems = type === TYPE ? [] : [`line 1 is not ${TYPE}`];
  if (headNote === '') problems.push(`line ${lines.length + FIRST_ENTRY_LINE + 1} holds no head note`);
  problems.push(...countProblems(lines.length), ...lines.map(lineProblem).filter((problem) => problem !== undefined));
  if (problems.length > 0) throw malformed(problems);
  return { entries: entriesOf(lines), headNote };
}

function countProblems(count: number): readonly string[] {
  const entries = Math.ceil(count / LINES_PER_ENTRY);
  if (entries > BATCH_ENTRIES_MAX) return [`${entries} entries, more than ${BATCH_ENTRIES_MAX}`];
  const isWhole = count % LINES_PER_ENTRY === 0;
  return isWhole ? [] : [`line ${count + FIRST_ENTRY_LINE} is empty within an entry`];
}

function lineProblem(line: string, index: number): string | undefined {
  const fault = lineFault(line, index % LINES_PER_ENTRY);
  return fault === undefined ? undefined : `line ${index + FIRST_ENTRY_LINE} is ${fault}`;
}

function lineFault(line: string, part: number): string | undefined {
  if (part === 1) return hasForm(line, 'salt') ? undefined : 'no salt of 32 lower-case hex digits';
  if (part === 0 && !line.startsWith('{')) return 'no header';
  const bytesMax = part === 0 ? HEADER_BYTES_MAX : BODY_BYTES_MAX;
  return isLongerThan(line, bytesMax) ? `longer than ${bytesMax} bytes` : undefined;
}

function entriesOf(lines: readonly string[]): readonly WireEntry[] {
  const entries: WireEntry[] = [];
  for (let index = 0; index < lines.length; index += LINES_PER_ENTRY) {
    const salt = Buffer.from(lines[index + 1] ?? '', 'hex');
    entries.push({ headerText: lines[index] ?? '', salt, bodyText: lines[index + 2] ?? '' });
  }
  return entries;
}

function decodeUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw malformed(['not UTF-8']);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

function tooLarge(size: string): KitError {
  return new KitError('VALUE_MALFORMED', `batch of ${size}`, {
    hint: `Send at most ${BATCH_ENTRIES_MAX} entries and ${BATCH_BYTES_MAX} bytes in one batch.`,
  });
}

function malformed(problems: readonly string[]): KitError {
  return new KitError('MESSAGE_MALFORMED', `batch: ${problems.slice(0, PROBLEMS_MAX).join('; ')}`);
}
