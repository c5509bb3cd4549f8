import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signerFromSeed } from '../journal/note.ts';
import { signDocument } from '../journal/typed-note.ts';
import { decode } from '../schema/decode.ts';
import { OVERRIDE_TYPE, Override, RELEASE_TYPE, Release, TRUST_TYPE, Trust } from '../schema/governance.ts';
import { SHEET_TYPE, Sheet } from '../schema/sheet.ts';
import { documentWords, visible } from './document-words.ts';
import { draftText, type GovernedDocument, isSigned, readGoverned, wireOf } from './draft.ts';

const from = '2026-01-01T00:00:00.000000000Z';
const to = '2026-01-02T00:00:00.000000000Z';
const legalEntity = 'GATEHOUSEDEMOFIRM008';
const signer = signerFromSeed('p-01', new Uint8Array(32).fill(1));

const sheet = decode(
  Sheet,
  {
    v: 1,
    id: 'first',
    sequence: 1,
    mark: 'DEMO',
    environment: 'paper',
    accounts: ['main', 'second'],
    legalEntity,
    currency: 'USD',
    from,
    maker: 'p-01',
    checkers: ['p-02', 'p-03'],
    reason: 'A first sheet.',
    controls: [
      { control: 'trading-state', version: 1, on: [{ scope: 'firm', figures: {} }] },
      {
        control: 'some-list',
        version: 2,
        on: [{ scope: 'account:main', figures: { names: ['a', 'b'], most: '10', days: 3 } }],
      },
      { control: 'other', off: { reason: 'Nobody needs it.' } },
    ],
    breakers: [{ breaker: 'loss-step', version: 1, scope: 'firm', level: 'pause', figures: { lossBps: 500 } }],
  },
  'a sheet',
);
const trust = decode(
  Trust,
  {
    v: 1,
    version: 2,
    environment: 'live',
    legalEntity,
    at: from,
    previous: 'a'.repeat(64),
    threshold: 1,
    roots: [signer.verifierKey],
    people: [{ id: 'p-01', key: signer.verifierKey, roles: ['limits-maker'], from, to }],
  },
  'a trust document',
);
const release = decode(
  Release,
  { v: 1, id: 'R-1', kill: 'K-1', edge: 'edge-1', reason: 'It is over.', from, to },
  'a release',
);
const override = decode(
  Override,
  {
    v: 1,
    id: 'T-1',
    edge: 'edge-1',
    environment: 'paper',
    legalEntity,
    account: 'main',
    trader: 'p-09',
    algorithm: 'ema-cross',
    instrument: 'demo-index',
    venue: 'paper',
    side: 'buy',
    type: 'limit',
    quantity: '10',
    limitPrice: '99.50',
    controls: [{ control: 'fat-finger', scope: 'firm' }],
    reason: 'Once.',
    from,
    to,
  },
  'a ticket',
);

const documents: readonly GovernedDocument[] = [
  { type: SHEET_TYPE, value: sheet },
  { type: TRUST_TYPE, value: trust },
  { type: RELEASE_TYPE, value: release },
  { type: OVERRIDE_TYPE, value: override },
];

test.each(documents)('a draft of $type reads back as it was, and so does the signed document', (document) => {
  const draft = draftText(document);
  const signed = signDocument(signer, document.type, wireOf(document));
  expect([isSigned(draft), isSigned(signed)]).toEqual([false, true]);
  expect(readGoverned(draft)).toEqual(document);
  expect(readGoverned(signed)).toEqual(document);
});

test.each([
  ['another type', 'gatehouse/head/v1\n{}\n', 'a file whose first line is none of'],
  ['nothing', '', 'a file whose first line is none of'],
  ['no JSON', `${SHEET_TYPE}\n{"v":1\n`, 'not JSON after its first line'],
  ['another form', `${SHEET_TYPE}\n{"v":1}\n`, 'the limit sheet is malformed'],
  [
    'an unknown key',
    draftText({ type: RELEASE_TYPE, value: release }).replace('"kill"', '"kil"'),
    'the release is malformed',
  ],
])('%s is no draft', (_, text, message) => {
  expect(() => readGoverned(text)).toThrow(message);
});

test('a sheet in words names every figure', () => {
  expect(documentWords({ type: SHEET_TYPE, value: sheet })).toEqual([
    `Limit sheet first number 1 of a demonstration, for paper, of ${legalEntity}.`,
    `It covers the accounts main, second, with values in USD, from ${from} on.`,
    'Made by p-01, checked by p-02, p-03: A first sheet.',
    'trading-state@1 for firm: on, with nothing to set',
    'some-list@2 for account:main: names [a, b], most 10, days 3',
    'other is OFF: Nobody needs it.',
    'Breaker loss-step@1 for firm, to pause: lossBps 500',
  ]);
  const bare = { ...sheet, mark: 'FIRM' as const, checkers: [], breakers: undefined };
  const words = documentWords({ type: SHEET_TYPE, value: bare });
  expect(words[0]).toBe(`Limit sheet first number 1, for paper, of ${legalEntity}.`);
  expect(words[2]).toBe('Made by p-01, checked by nobody: A first sheet.');
});

test('trust in words names who may sign what, from when to when and with which key', () => {
  expect(documentWords({ type: TRUST_TYPE, value: trust })).toEqual([
    `Trust version 2, for live, of ${legalEntity}, dated ${from}.`,
    `It follows the version with the hash ${'a'.repeat(64)}.`,
    `The next version is signed by 1 of the roots ${signer.verifierKey}.`,
    `p-01 may sign as limits-maker, from ${from} to ${to}, with ${signer.verifierKey}.`,
  ]);
  const first = { ...trust, previous: undefined, people: [] };
  expect(documentWords({ type: TRUST_TYPE, value: first })).toContain('Nobody may sign anything yet.');
});

test('a ticket and a release in words say what they are for', () => {
  expect(documentWords({ type: OVERRIDE_TYPE, value: override }).join(' ')).toContain(
    'buy 10 demo-index on paper, with limit 99.50, for account main, by trader p-09 with algorithm ema-cross, although it is refused by fat-finger for firm. Reason: Once.',
  );
  const market = { ...override, type: 'market' as const, limitPrice: undefined };
  expect(documentWords({ type: OVERRIDE_TYPE, value: market }).join(' ')).toContain('on paper, at market,');
  expect(documentWords({ type: RELEASE_TYPE, value: release })).toEqual([
    `Release R-1 of kill K-1 at edge-1, from ${from} to ${to}: It is over.`,
  ]);
});

test('nothing that is shown can steer a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), (reason) => {
      const [line = ''] = documentWords({ type: RELEASE_TYPE, value: { ...release, reason } });
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    }),
  );
  expect(visible('a\u001b[2Jb\u202ec')).toBe('a\\u{1b}[2Jb\\u{202e}c');
  expect(visible('Ünïcode — stays.')).toBe('Ünïcode — stays.');
});
