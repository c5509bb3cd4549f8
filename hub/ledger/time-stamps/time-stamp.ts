import { KitError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { boundedBytes } from '../tiles/log-reader.ts';
import { type DerElement, der, readDer } from './der.ts';

/** What a time authority says of bytes: it had their hash at that time. Shape: `at` as the authority writes it. */
export interface TimeStamp {
  readonly at: string;
}

const INTEGER = 0x02;
const OCTETS = 0x04;
const NULL = 0x05;
const OBJECT_ID = 0x06;
const TIME = 0x18;
const BOOLEAN = 0x01;
const SEQUENCE = 0x30;
const CONTENT = 0xa0;
const NONCE_BYTES = 8;
const REPLY_BYTES_MAX = 256 * 1024;
const ANSWER_MS_MAX = 20_000;
const SHA_256 = Buffer.from('608648016503040201', 'hex');
const SIGNED_DATA = '2a864886f70d010702';
const TIME_STAMP_INFO = '2a864886f70d0109100104';
const GENERALIZED_TIME = /^\d{14}(\.\d+)?Z$/;

/** The request for a stamp over bytes. Shape: DER; the authority's certificate is asked for. Source: RFC 3161 section 2.4.1. */
export function timeStampQuery(bytes: Uint8Array, nonce: Uint8Array): Uint8Array {
  const algorithm = der(SEQUENCE, der(OBJECT_ID, SHA_256), der(NULL));
  const imprint = der(SEQUENCE, algorithm, der(OCTETS, sha256(bytes)));
  const version = der(INTEGER, Uint8Array.of(1));
  return der(SEQUENCE, version, imprint, der(INTEGER, positive(nonce)), der(BOOLEAN, Uint8Array.of(0xff)));
}

/** A nonce of random bytes, as `timeStampQuery` takes it. */
export function nonceFrom(random: (length: number) => Uint8Array): Uint8Array {
  return random(NONCE_BYTES);
}

/**
 * What a reply says, where it answers a query over these bytes with this nonce.
 *
 * Shape:  the signature inside is for `openssl ts -verify` and whoever trusts the authority; here is checked that the reply is
 *         granted and about our bytes.
 * Errors: `MESSAGE_MALFORMED`, `LEDGER_MISMATCH` where it is about something else.
 * Source: RFC 3161 section 2.4.2.
 */
export function readTimeStamp(reply: Uint8Array, bytes: Uint8Array, nonce: Uint8Array): TimeStamp {
  const [status, token] = childrenOf(only(reply, SEQUENCE));
  const granted = status === undefined ? undefined : childrenOf(status)[0]?.content[0];
  if (granted !== 0 && granted !== 1) throw malformed(`the authority refused the query, with status ${granted}`);
  const [, , imprint, , time, ...optional] = childrenOf(only(infoOf(token), SEQUENCE));
  const [algorithm, digest] = childrenOf(imprint);
  const isOurs = hex(childrenOf(algorithm)[0]?.content) === hex(SHA_256) && hex(digest?.content) === hex(sha256(bytes));
  const isFresh = optional.some(({ tag, content }) => tag === INTEGER && hex(content) === hex(positive(nonce)));
  if (!isOurs || !isFresh) {
    throw new KitError('LEDGER_MISMATCH', `the time stamp is not about ${isOurs ? 'this query' : 'these bytes'}`);
  }
  const at = Buffer.from(time?.content ?? []).toString('latin1');
  if (time?.tag !== TIME || !GENERALIZED_TIME.test(at)) throw malformed('no time');
  return { at };
}

/** Asks a time authority. Errors: `HUB_UNREACHABLE` where it does not answer. Source: RFC 3161 section 3.4. */
export async function askAuthority(url: string, query: Uint8Array): Promise<Uint8Array> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/timestamp-query' },
      body: Buffer.from(query),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await boundedBytes(response, REPLY_BYTES_MAX);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KitError('HUB_UNREACHABLE', `the time authority does not answer: ${reason}`, { cause });
  }
}

/** The content that the token signs: the time stamp's own words. */
function infoOf(token: DerElement | undefined): Uint8Array {
  const [type, content] = childrenOf(token);
  if (hex(type?.content) !== SIGNED_DATA || content?.tag !== CONTENT) throw malformed('no signed data');
  const [, , encapsulated] = childrenOf(only(content.content, SEQUENCE));
  const [kind, wrapped] = childrenOf(encapsulated);
  if (hex(kind?.content) !== TIME_STAMP_INFO || wrapped?.tag !== CONTENT) throw malformed('no time stamp in it');
  return only(wrapped.content, OCTETS).content;
}

function only(bytes: Uint8Array, tag: number): DerElement {
  const [first, ...more] = readDer(bytes);
  if (first?.tag === tag && more.length === 0) return first;
  throw malformed(`not one element of tag ${tag}`);
}

function childrenOf(element: DerElement | undefined): readonly DerElement[] {
  return readDer(element?.content ?? Buffer.alloc(0));
}

/** The shortest form of a positive number. */
function positive(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  return (short[0] ?? 0) > 0x7f ? Uint8Array.of(0, ...short) : short;
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

function malformed(fault: string): KitError {
  return new KitError('MESSAGE_MALFORMED', `time stamp: ${fault}`);
}
