import { createHash } from 'node:crypto';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import { SHEET_TYPE, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { controls } from './controls/index.ts';
import type { Overrides } from './examples/base.ts';
import { examplePeople, exampleSigner, exampleTrust, signedBy, signedSheet } from './examples/people.ts';
import { exampleLine, exampleLines, exampleSheet, type SheetText } from './examples/sheet.ts';
import { readSheet, type SheetDoor, sheetHash, sheetOnRecord } from './sheet-document.ts';

const { maker, checker, second } = examplePeople;
const { trust } = exampleTrust();
const at = parseInstant('2020-03-06T20:30:00Z');
const door: SheetDoor = { trust, controls, before: { kind: 'none' }, at };
const inForce = exampleSheet();
const next: SheetDoor = { ...door, before: { kind: 'known', sheet: inForce } };

function changed(overrides: Overrides<SheetText>): Sheet {
  return exampleSheet({ sequence: 2, ...overrides });
}

const looser = { controls: exampleLines(exampleLine('max-order-quantity', { quantityMax: '1000' })) };
const tighter = { controls: exampleLines(exampleLine('max-order-quantity', { quantityMax: '1' })) };

function problemsOf(document: string, given: SheetDoor): readonly string[] {
  try {
    readSheet(document, given);
  } catch (error) {
    if (error instanceof KitError && error.code === 'SHEET_REFUSED') return error.problems;
    throw error;
  }
  return [];
}

function problemsWith(sheet: Sheet, by: readonly Signer[], given: SheetDoor = next): readonly string[] {
  return problemsOf(signedSheet(sheet, by), given);
}

test('a signed sheet reads back as it was, with its signers, its rules and the hash of its exact text', () => {
  const document = signedSheet(inForce, [maker]);
  const hash = createHash('sha256').update(document).digest('hex');
  expect(readSheet(document, door)).toMatchObject({ sheet: inForce, hash, signedBy: ['p-01'], difference: undefined });
  expect(readSheet(document, door).rules.sheetHash).toBe(hash);
  expect(sheetHash(document)).toBe(hash);
  expect(sheetOnRecord(document)).toEqual(inForce);
});

test('the first sheet on paper and a tightening have one signer, a loosening two', () => {
  expect(problemsWith(inForce, [maker], door)).toEqual([]);
  expect(problemsWith(changed(tighter), [maker])).toEqual([]);
  expect(problemsWith(changed(looser), [maker])).toEqual([
    'it loosens the sheet in force and names no checker: max-order-quantity for firm: quantityMax goes from 100 to 1000.',
  ]);
  const checked = changed({ ...looser, checkers: ['p-02'] });
  expect(problemsWith(checked, [maker])).toEqual(['p-02, its checker, has not signed it']);
  expect(problemsWith(checked, [checker])).toEqual(['p-01, its maker, has not signed it']);
  expect(problemsWith(checked, [maker, checker])).toEqual([]);
  expect(readSheet(signedSheet(checked, [checker, maker]), next).difference?.isLoosening).toBe(true);
});

test('a live sheet has two signers whatever it does', () => {
  const place = { environment: 'live', mark: 'FIRM' } as const;
  const live = { ...door, trust: exampleTrust({ environment: 'live' }).trust };
  expect(problemsWith(exampleSheet(place), [maker], live)).toEqual(['a live sheet needs a checker, and it names none']);
  const checked = exampleSheet({ ...place, checkers: ['p-02'] });
  expect(problemsWith(checked, [maker], live)).toEqual(['p-02, its checker, has not signed it']);
  expect(problemsWith(checked, [maker, checker], live)).toEqual([]);
  expect(problemsWith(exampleSheet({ ...place, mark: 'DEMO', checkers: ['p-02'] }), [maker, checker], live)).toEqual([
    'a sheet of a demonstration never goes live',
  ]);
});

test('where the sheet in force is lost, two people sign whatever follows it', () => {
  const lost: SheetDoor = { ...door, before: { kind: 'lost', sequence: 1 } };
  expect(problemsWith(changed(tighter), [maker], lost)).toEqual([
    'the sheet in force is gone, so nobody can say what this one loosens, and it names no checker',
  ]);
  expect(problemsWith(changed({ ...tighter, checkers: ['p-02'] }), [maker, checker], lost)).toEqual([]);
  expect(problemsWith(exampleSheet({ checkers: ['p-02'] }), [maker, checker], lost)).toEqual([
    'its number 1 is not higher than 1, that of the sheet in force',
  ]);
});

test('the maker is never the checker, though p-03 may be either', () => {
  const own = changed({ ...looser, maker: 'p-03', checkers: ['p-03'] });
  expect(problemsWith(own, [second])).toEqual(['p-03 made it and cannot check it']);
  expect(problemsWith(changed({ ...looser, maker: 'p-03', checkers: ['p-02'] }), [second, checker])).toEqual([]);
  expect(problemsWith(changed({ ...looser, checkers: ['p-02', 'p-02'] }), [maker, checker])).toEqual([
    'it names a checker twice',
  ]);
});

test('a signature by a wrong key does not count, under whatever name', () => {
  const impostor = exampleSigner('p-01', 200);
  expect(problemsWith(inForce, [impostor], door)).toEqual([
    expect.stringMatching(/^signed by no known key, only by p-01 \(key [0-9a-f]{8}\)$/),
    'p-01, its maker, has not signed it',
  ]);
  expect(problemsWith(inForce, [checker, impostor], door)).toEqual(['p-01, its maker, has not signed it']);
});

test('a changed figure breaks the signature', () => {
  const document = signedSheet(inForce, [maker]);
  const forged = document.replace('"quantityMax":"100"', '"quantityMax":"900"');
  expect(forged).not.toBe(document);
  expect(problemsOf(forged, door)).toContainEqual(expect.stringContaining('does not fit the text'));
});

test.each([
  ['the same number', 2, ['its number 2 is not higher than 2, that of the sheet in force']],
  ['an older number', 1, ['its number 1 is not higher than 2, that of the sheet in force']],
  ['the next number', 3, []],
])('a sheet with %s as the one in force', (_, sequence, problems) => {
  expect(
    problemsWith(exampleSheet({ sequence }), [maker], { ...door, before: { kind: 'known', sheet: changed({}) } }),
  ).toEqual(problems);
});

test.each([
  ['begins now', { from: '2020-03-06T20:30:00.000000000Z' }, []],
  [
    'begins a nanosecond from now',
    { from: '2020-03-06T20:30:00.000000001Z' },
    ['it is from the future: it begins at 2020-03-06T20:30:00.000000001Z'],
  ],
  ['ends a nanosecond from now', { to: '2020-03-06T20:30:00.000000001Z' }, []],
  ['ends now', { to: '2020-03-06T20:30:00.000000000Z' }, ['its term ended at 2020-03-06T20:30:00.000000000Z']],
])('a sheet that %s', (_, term, problems) => {
  expect(problemsWith(exampleSheet(term), [maker], door)).toEqual(problems);
});

test('people without the role, unknown or out of their term do not count', () => {
  expect(problemsWith(exampleSheet({ maker: 'p-02' }), [checker], door)).toEqual([
    'p-02 has not the role limits-maker',
  ]);
  expect(problemsWith(exampleSheet({ maker: 'p-99' }), [exampleSigner('p-99', 9), maker], door)).toEqual([
    'p-99 is not among the people of trust version 1',
  ]);
  const ended = exampleTrust({
    people: [
      {
        id: 'p-01',
        key: maker.verifierKey,
        roles: ['limits-maker'],
        from: '2020-01-01T00:00:00.000000000Z',
        to: '2020-03-06T20:30:00.000000000Z',
      },
    ],
  });
  expect(problemsWith(inForce, [maker], { ...door, trust: ended.trust })).toEqual([
    'the key of p-01 counted until 2020-03-06T20:30:00.000000000Z',
  ]);
});

test('every problem of a bad sheet is listed at once', () => {
  const bad = exampleSheet({
    sequence: 1,
    environment: 'live',
    mark: 'FIRM',
    legalEntity: '529900T8BM49AURSDO55',
    from: '2021-01-01T00:00:00.000000000Z',
    maker: 'p-02',
    controls: [
      { control: 'no-such-control', version: 1, on: [{ scope: 'firm', figures: {} }] },
      { control: 'max-order-quantity', version: 77, on: [{ scope: 'firm', figures: { quantityMax: '1' } }] },
      {
        control: 'price-collar',
        version: 1,
        on: [{ scope: 'firm', figures: { collarBps: -5, referenceAgeMsMax: '60 s' } }],
      },
      { control: 'duplicate-order', version: 1, on: [{ scope: 'firm', figures: { windowMs: -1, more: 'x' } }] },
    ],
    breakers: [{ breaker: 'no-such-breaker', version: 1, scope: 'firm', level: 'pause', figures: {} }],
  });
  const problems = problemsWith(bad, [exampleSigner('p-66', 66)]);
  expect(problems).toEqual([
    expect.stringContaining('signed by no known key'),
    'it is for live, and the people of the trust document sign for paper',
    'it is of 529900T8BM49AURSDO55, and the people of the trust document sign for GATEHOUSEDEMOFIRM008',
    'its number 1 is not higher than 1, that of the sheet in force',
    'it is from the future: it begins at 2021-01-01T00:00:00.000000000Z',
    'p-02 has not the role limits-maker',
    'this release has no control no-such-control',
    expect.stringContaining('it names version 77 of max-order-quantity'),
    expect.stringMatching(/price-collar for firm: collarBps: .*referenceAgeMsMax: /),
    expect.stringMatching(/duplicate-order for firm: .*windowMs: below zero/),
    'this release has no breaker no-such-breaker',
    'a live sheet needs a checker, and it names none',
  ]);
});

const wire = encode(Sheet, inForce) as JsonValue & object;

test.each<[string, string, unknown]>([
  ['nothing signed', 'limits', 'a signed document without its two lines and its signatures'],
  [
    'another type',
    signedBy('gatehouse/head/v1', wire, [maker]),
    `a document of type gatehouse/head/v1, not ${SHEET_TYPE}`,
  ],
  ['no fields', signedBy(SHEET_TYPE, { v: 1 }, [maker]), expect.stringContaining('controls: ')],
  ['an unknown key', signedBy(SHEET_TYPE, { ...wire, extra: 1 }, [maker]), expect.stringContaining('extra')],
])('a malformed sheet is refused: %s', (_, document, problem) => {
  expect(problemsOf(document, door)).toContainEqual(problem);
});

test('a document on record without a second line holds no sheet', () => {
  expect(() => sheetOnRecord(SHEET_TYPE)).toThrow();
});
