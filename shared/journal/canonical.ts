import { createHash, hash } from 'node:crypto';
import { KitError } from '../errors.ts';

/** A value that has exactly one text: JSON whose numbers are safe integers. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object; its keys are sorted when it is written. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** How deep arrays and objects may nest. */
export const JSON_DEPTH_MAX = 64;

const NEEDS_ESCAPE = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;

/**
 * The one text of a value, so that equal values always hash alike.
 *
 * Shape:  keys sorted by UTF-16 code units, no white space, no raw control characters (so never a line break).
 * Errors: `VALUE_MALFORMED` naming the path of what has no such text: a number that is not a safe integer, an absent
 *         value, a lone surrogate, an object that is not plain, or nesting beyond `JSON_DEPTH_MAX`.
 * Source: RFC 8785 (JSON Canonicalization Scheme), a subset.
 */
export function canonicalJson(value: JsonValue): string {
  const text = encode(value, 0);
  if (text !== undefined) return text;
  throw new KitError('VALUE_MALFORMED', `not canonical JSON: ${faultOf(value, '$', 0)}`, {
    hint: 'Write decimals, instants and large integers as text.',
  });
}

/**
 * The value of a text that is canonical already.
 *
 * Errors: `MESSAGE_MALFORMED` where the text is not JSON or is not its own canonical form (other key order, white space,
 *         a repeated key, another spelling of a number or character).
 */
export function parseCanonical(text: string): JsonValue {
  const value = parseJson(text);
  if (encode(value, 0) === text) return value;
  throw new KitError('MESSAGE_MALFORMED', 'the text is JSON but not in its canonical form (RFC 8785)');
}

/** Whether a text is the canonical form of the value it holds. */
export function isCanonical(text: string): boolean {
  try {
    parseCanonical(text);
    return true;
  } catch {
    return false;
  }
}

/** SHA-256 over the parts one after the other; text counts as UTF-8. Shape: 32 bytes. */
export function sha256(...parts: readonly (Uint8Array | string)[]): Buffer {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return hash('sha256', only, 'buffer');
  const hasher = createHash('sha256');
  for (const part of parts) hasher.update(part);
  return hasher.digest();
}

function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KitError('MESSAGE_MALFORMED', 'the text is not JSON', { cause });
  }
}

/** The text of a value, or undefined where it has none; which part is at fault is only worked out for the message. */
function encode(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? `${value}` : undefined;
  if (value === null || typeof value === 'boolean') return `${value}`;
  if (typeof value !== 'object' || depth >= JSON_DEPTH_MAX) return undefined;
  if (Array.isArray(value)) return encodeArray(value, depth + 1);
  return isPlain(value) ? encodeObject(value, depth + 1) : undefined;
}

function encodeArray(items: readonly unknown[], depth: number): string | undefined {
  let text = '[';
  for (let index = 0; index < items.length; index += 1) {
    const item = encode(items[index], depth);
    if (item === undefined) return undefined;
    text += index === 0 ? item : `,${item}`;
  }
  return `${text}]`;
}

function encodeObject(value: Readonly<Record<string, unknown>>, depth: number): string | undefined {
  let text = '{';
  for (const key of sorted(Object.keys(value))) {
    const name = quote(key);
    const member = encode(value[key], depth);
    if (member === undefined || name === undefined) return undefined;
    text += text.length === 1 ? `${name}:${member}` : `,${name}:${member}`;
  }
  return `${text}}`;
}

/** Most text needs no escape, and asking first is several times faster than writing it as JSON. */
function quote(text: string): string | undefined {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  return text.isWellFormed() ? JSON.stringify(text) : undefined;
}

/** Sorts only what is not in order yet: most objects are written with few keys, many of them in order. */
function sorted(keys: string[]): readonly string[] {
  const isSorted = keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') <= key);
  return isSorted ? keys : keys.sort();
}

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function faultOf(value: unknown, path: string, depth: number): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : `${path} holds a lone surrogate`;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? undefined : `${path} is ${value}, not an integer`;
  if (value === null || typeof value === 'boolean') return undefined;
  if (typeof value !== 'object') return `${path} is of type ${typeof value}`;
  if (depth >= JSON_DEPTH_MAX) return `${path} is nested deeper than ${JSON_DEPTH_MAX}`;
  if (!Array.isArray(value) && !isPlain(value)) return `${path} is not a plain object`;
  return Array.isArray(value) ? faultInArray(value, path, depth + 1) : faultInObject(value, path, depth + 1);
}

function faultInArray(items: readonly unknown[], path: string, depth: number): string | undefined {
  for (let index = 0; index < items.length; index += 1) {
    const fault = faultOf(items[index], `${path}[${index}]`, depth);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultInObject(value: object, path: string, depth: number): string | undefined {
  for (const [key, member] of Object.entries(value)) {
    if (!key.isWellFormed()) return `${path} has a key with a lone surrogate`;
    const fault = faultOf(member, `${path}.${key}`, depth);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
