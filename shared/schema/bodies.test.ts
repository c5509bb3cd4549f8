import { expect, test } from 'vitest';
import { canonicalJson, type JsonValue } from '../journal/canonical.ts';
import { bodySchemas, type EntryKind } from './bodies.ts';
import { decode, encode } from './decode.ts';

const AT = '2026-01-05T09:00:00.000000000Z';
const HASH = 'cd'.repeat(32);
const kill = {
  v: 2,
  id: 'K-1',
  scopes: ['firm'],
  level: 'cancel',
  haltEpoch: 1,
  by: 'P-1',
  reason: 'A drill.',
  at: AT,
};

const capabilities = {
  orderTypes: ['market', 'limit'],
  timesInForce: ['day', 'gtc'],
  auctions: [],
  groups: [],
  canAmend: false,
  canPostOnly: true,
  canReduceOnly: false,
  canShowPart: false,
};
const venue = {
  v: 1,
  connector: 'sim',
  title: 'Simulated venue',
  environment: 'paper',
  venues: ['SIM'],
  capabilities,
  exemptions: [{ case: 'expires-day-orders', reason: 'It has no days.' }],
  fillRules: ['A market order fills at the open of the next bar.'],
  at: AT,
};

/** Bodies of the kinds that venues, halts, permissions and dated facts are recorded as. */
const bodies: readonly (readonly [EntryKind, JsonValue])[] = [
  ['kill', kill],
  ['kill', { ...kill, trigger: { breaker: 'drawdown', figures: { drawdown: '0.21' } } }],
  [
    'kill-report',
    {
      v: 1,
      kill: 'K-1',
      venue: 'SIM',
      sent: 2,
      acknowledged: 1,
      remaining: 1,
      unknown: 1,
      failed: 0,
      elapsedMs: 12,
      isDone: false,
    },
  ],
  [
    'release',
    { v: 1, kill: 'K-1', haltEpoch: 2, by: ['P-1', 'P-2'], reason: 'Looked into.', at: AT, document: 'a note' },
  ],
  ['venue', venue],
  ['venue', { ...venue, account: 'main', capabilities: { ...capabilities, notFoundIsFinalAfterMs: 70_000 } }],
  ['override', { v: 1, ticket: 'T-1', document: 'a note' }],
  ['trust', { v: 1, version: 2, hash: HASH, document: 'a note' }],
  ['facts', { v: 1, kind: 'rates', hash: HASH, files: HASH, document: '{}' }],
  ['marks', { v: 1, at: AT, day: '2026-01-05', marks: [{ instrument: 'X', price: '-1.50', at: AT }] }],
];

test.each(bodies)('a body of kind %s comes back from the wire with the same bytes', (kind, body) => {
  const again = encode(bodySchemas[kind] as never, decode(bodySchemas[kind], body, kind) as never) as JsonValue;
  expect(canonicalJson(again)).toBe(canonicalJson(body));
});

test.each([
  ['kill', { ...kill, scopes: [] }],
  ['kill', { ...kill, scopes: Array.from({ length: 9 }, (_, index) => `desk:d${index}`) }],
  ['kill', { ...kill, level: 'stop' }],
  ['kill', { ...kill, v: 1 }],
  ['release', { v: 1, kill: 'K-1', haltEpoch: 2, by: [], reason: 'Nobody.', at: AT, document: 'a note' }],
  ['marks', { v: 1, at: AT, day: '2026-01-05', marks: [] }],
  ['venue', { ...venue, venues: [] }],
  ['venue', { ...venue, exemptions: [{ case: 'expires-day-orders', reason: '' }] }],
  ['venue', { ...venue, exemptions: [{ case: 'expires-day-orders' }] }],
  ['venue', { ...venue, fillRules: Array.from({ length: 61 }, () => 'A rule.') }],
  ['venue', { ...venue, capabilities: { ...capabilities, orderTypes: ['pegged'] } }],
  ['facts', { v: 1, kind: 'rates', hash: HASH, files: 'none', document: '{}' }],
] as const)('a body of kind %s without its form is refused', (kind, body) => {
  expect(() => decode(bodySchemas[kind], body, kind)).toThrow(/is malformed/);
});
