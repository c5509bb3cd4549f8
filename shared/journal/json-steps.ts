import { createHash } from 'node:crypto';
import type { Steps } from '../values/steps.ts';
import type { JsonValue } from './canonical.ts';

/** So much text is read in one step, a millisecond or less. Units: UTF-16 code units. */
export const STEP_LENGTH = 131_072;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** A list that is a member of the outermost object. Shape: places in the text; `cuts` are commas between its elements. */
interface FoundList {
  readonly key: string;
  readonly from: number;
  to: number;
  readonly cuts: number[];
}

/**
 * What `JSON.parse` makes of a text, in steps where it is long: the lists of the outermost object are read piece by piece.
 *
 * Shape:  the same value for the same text, also for a key that stands twice, which is then read at once.
 * Errors: `SyntaxError`, as `JSON.parse`.
 */
export function* parsingJson(text: string): Steps<JsonValue> {
  const lists = text.length > STEP_LENGTH ? yield* findingLists(text) : undefined;
  const long = lists?.filter(({ from, to }) => to - from > STEP_LENGTH) ?? [];
  if (long.length === 0) return JSON.parse(text) as JsonValue;
  let rest = '';
  let at = 0;
  for (const { from, to } of long) {
    rest += text.slice(at, from);
    at = to;
  }
  // The text without its long lists has to be JSON, and so has each piece of them as a list of its own.
  const value = JSON.parse(rest + text.slice(at)) as Record<string, JsonValue>;
  yield;
  for (const list of long) value[list.key] = yield* parsingList(text, list);
  return value;
}

/** SHA-256 over a text as UTF-8, in steps. Shape: lower-case hex. */
export function* hashingText(text: string): Steps<string> {
  const hasher = createHash('sha256');
  for (let at = 0; at < text.length; yield) {
    const end = wholeEnd(text, at + STEP_LENGTH);
    hasher.update(text.slice(at, end), 'utf8');
    at = end;
  }
  return hasher.digest('hex');
}

/** The halves of a character outside the basic plane stay together. */
function wholeEnd(text: string, end: number): number {
  const isSplit = end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
  return isSplit ? end + 1 : end;
}

function* parsingList(text: string, { from, to, cuts }: FoundList): Steps<JsonValue> {
  const elements: JsonValue[] = [];
  let at = from;
  for (const cut of [...cuts, to]) {
    const piece = text.slice(at, cut);
    // Nothing between two commas would read as an empty list, which only the whole can be.
    if (cuts.length > 0 && /^[ \t\r\n]*$/.test(piece)) throw new SyntaxError('an element is missing');
    for (const element of JSON.parse(`[${piece}]`) as JsonValue[]) elements.push(element);
    at = cut + 1;
    yield;
  }
  return elements;
}

interface Scan {
  readonly lists: FoundList[];
  readonly keys: Set<string>;
  depth: number;
  key: string | undefined;
  word: { readonly from: number; readonly to: number } | undefined;
  list: FoundList | undefined;
}

/** The lists of the outermost object; undefined where only reading all at once tells what the text is. */
function* findingLists(text: string): Steps<readonly FoundList[] | undefined> {
  const scan: Scan = { lists: [], keys: new Set(), depth: 0, key: undefined, word: undefined, list: undefined };
  let stepEnd = STEP_LENGTH;
  for (let at = 0; at < text.length; at += 1) {
    if (at >= stepEnd) {
      stepEnd = at + STEP_LENGTH;
      yield;
    }
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfWord(text, at);
      if (end === undefined) return undefined;
      if (scan.depth === 1) scan.word = { from: at, to: end + 1 };
      at = end;
    } else if (!isFollowed(scan, text, { at, code })) return undefined;
  }
  return scan.lists;
}

/** Whether the scan understands what stands at a place outside of words. */
function isFollowed(scan: Scan, text: string, { at, code }: { readonly at: number; readonly code: number }): boolean {
  switch (code) {
    case OPEN_LIST:
    case OPEN_OBJECT:
      scan.depth += 1;
      if (scan.depth === 1) return code === OPEN_OBJECT;
      if (scan.depth === 2 && code === OPEN_LIST && scan.key !== undefined)
        scan.list = { key: scan.key, from: at + 1, to: at, cuts: [] };
      return true;
    case CLOSE_LIST:
    case CLOSE_OBJECT:
      scan.depth -= 1;
      return scan.depth !== 1 || scan.list === undefined || isClosed(scan, scan.list, { at, code });
    case COMMA:
      if (scan.depth === 2) cutAt(scan.list, at);
      return true;
    case COLON:
      return scan.depth !== 1 || isNewKey(scan, text);
    default:
      return true;
  }
}

function isClosed(scan: Scan, list: FoundList, { at, code }: { readonly at: number; readonly code: number }): boolean {
  list.to = at;
  scan.lists.push(list);
  scan.list = undefined;
  return code === CLOSE_LIST;
}

function cutAt(list: FoundList | undefined, at: number): void {
  if (list !== undefined && at - (list.cuts.at(-1) ?? list.from) >= STEP_LENGTH) list.cuts.push(at);
}

/** Of a key that stands twice the last one counts, wherever it stands. */
function isNewKey(scan: Scan, text: string): boolean {
  if (scan.word === undefined) return false;
  const word = text.slice(scan.word.from, scan.word.to);
  if (word.includes('\\') || scan.keys.has(word)) return false;
  scan.keys.add(word);
  scan.key = word.slice(1, -1);
  return true;
}

/** The place of the quote that ends a word; undefined where none does. */
function endOfWord(text: string, start: number): number | undefined {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return undefined;
}
