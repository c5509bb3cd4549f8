import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { FactsBody } from '@gatehouse/shared/schema/facts-bodies.ts';
import { instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { createFactsReader, factsOnRecord } from './facts-document.ts';

const rates = {
  v: 1,
  kind: 'rates',
  asOf: '2020-03-06T08:00:00.000000000Z',
  source: 'A bank.',
  rows: [{ from: 'EUR', to: 'USD', rate: '1.1300', at: '2020-03-06T08:00:00.000000000Z' }],
};

function recorded(document: string, kind = 'rates'): FactsBody {
  return { v: 1, kind, hash: sha256(document).toString('hex'), files: '0'.repeat(64), document };
}

test('a dated file is read from its exact text, whatever its white space, under the hash of that text', () => {
  const text = JSON.stringify(rates, undefined, 2);
  const { document, hash } = factsOnRecord(recorded(text));
  expect(document.kind).toBe('rates');
  expect(instantText(document.asOf)).toBe(rates.asOf);
  expect(hash).toBe(sha256(text).toString('hex'));
  expect(hash).not.toBe(factsOnRecord(recorded(JSON.stringify(rates))).hash);
});

test.each([
  ['another text than its hash', { ...recorded(JSON.stringify(rates)), document: '{}' }, /has not the hash/],
  ['no JSON', recorded('rates of today'), /is not JSON/],
  ['no dated file', recorded('{"v":1}'), /is malformed/],
  ['another kind', recorded(JSON.stringify(rates), 'margins'), /a file of rates is recorded as one of margins/],
])('%s is refused', (_, body, message) => {
  expect(() => factsOnRecord(body)).toThrow(message);
});

const half = Math.floor(JSON.stringify(rates).length / 2);

function part(number: number, of: number): FactsBody {
  const text = JSON.stringify(rates);
  const document = number === 1 ? text.slice(0, half) : text.slice(half);
  const asOf = parseInstant(rates.asOf);
  return { ...recorded(text), document, part: { number, of, asOf, source: rates.source } };
}

test('a file in parts comes into force with the last one, and begins anew with a first one', () => {
  const reader = createFactsReader();
  expect(reader.take(part(1, 2))).toBeUndefined();
  expect(reader.take(part(1, 2))).toBeUndefined();
  expect(reader.take(part(2, 2))?.document.kind).toBe('rates');
});

test('a part out of turn, and all that follow it, are refused', () => {
  const reader = createFactsReader();
  expect(() => reader.take(part(2, 2))).toThrow('some are missing');
  reader.take(part(1, 4));
  expect(() => reader.take(part(3, 4))).toThrow('some are missing');
  expect(() => reader.take(part(4, 4))).toThrow('some are missing');
  reader.take(part(1, 3));
  expect(() => reader.take(part(2, 1))).toThrow('some are missing');
});

test('a file of more parts than any has is not collected, one of as many is', () => {
  const reader = createFactsReader();
  expect(reader.take(part(1, 128))).toBeUndefined();
  expect(() => reader.take(part(2, 129))).toThrow('129 parts');
});
