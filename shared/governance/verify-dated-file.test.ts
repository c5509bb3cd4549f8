import { describe, expect, test } from 'vitest';
import { sha256 } from '../journal/canonical.ts';
import { cosign, generateSigner, type Signer } from '../journal/note.ts';
import { signDocument } from '../journal/typed-note.ts';
import { travellingHash } from '../schema/control.ts';
import { DATED_FILE_TYPE } from '../schema/dated-file.ts';
import { decode } from '../schema/decode.ts';
import { Trust } from '../schema/governance.ts';
import { parseInstant } from '../values/instant.ts';
import { fileDifference } from './file-difference.ts';
import { type FileBefore, judgeDatedFile, type SignedFile, unsignedProblems } from './verify-dated-file.ts';

const from = '2026-01-01T00:00:00.000000000Z';
const at = parseInstant('2026-01-05T12:00:00Z');
const legalEntity = 'GATEHOUSEDEMOFIRM008';
const [maker, checker, both, trader] = ['P-maker', 'P-checker', 'P-both', 'P-trader'].map(generateSigner) as [
  Signer,
  Signer,
  Signer,
  Signer,
];
const root = generateSigner('root-1');
const trustText = {
  v: 1,
  version: 1,
  environment: 'paper',
  legalEntity,
  at: from,
  threshold: 1,
  roots: [root.verifierKey],
  people: [
    { id: maker.name, key: maker.verifierKey, roles: ['limits-maker'], from },
    { id: checker.name, key: checker.verifierKey, roles: ['limits-checker'], from },
    { id: both.name, key: both.verifierKey, roles: ['limits-maker', 'limits-checker'], from },
    { id: trader.name, key: trader.verifierKey, roles: ['kill-releaser'], from },
  ],
};
const trust = decode(Trust, trustText, 'the trust');
const live = decode(Trust, { ...trustText, environment: 'live' }, 'the trust');

const head = { v: 1, asOf: '2026-01-05T08:00:00.000000000Z', source: 'Compliance.' };
const restricted = (...names: readonly string[]): string =>
  JSON.stringify({
    ...head,
    kind: 'restrictions',
    rows: names.map((instrument) => ({ list: 'restricted', instrument, sides: 'both', reason: 'A mandate.' })),
  });

function signed(content: string, by: readonly Signer[], change: object = {}): SignedFile {
  const bytes = Buffer.byteLength(content);
  const wire = {
    ...{ v: 1, kind: 'restrictions', sequence: 1, environment: 'paper', legalEntity, from, reason: 'A test.' },
    content: { hash: sha256(content).toString('hex'), bytes },
    ...change,
  };
  const [first = maker, ...more] = by;
  const note = more.reduce(cosign, signDocument(first, DATED_FILE_TYPE, JSON.parse(JSON.stringify(wire))));
  return { note, content };
}

const first = signed(restricted('ACME'), [maker, checker]);
const held: FileBefore = { kind: 'known', sequence: 1, ...first };
const second = { sequence: 2, previous: travellingHash(first.note) };

function problemsOf(file: SignedFile, before: FileBefore = held, given = trust): readonly string[] {
  const judged = judgeDatedFile(file, { trust: given, before, at });
  return judged.kind === 'refused' ? judged.problems : [];
}

describe('who has to sign', () => {
  test('one person adds a name to the restricted list, and alone cannot take one away', () => {
    expect(problemsOf(signed(restricted('ACME', 'EVIL'), [maker], second))).toEqual([]);
    expect(problemsOf(signed(restricted('ACME', 'EVIL'), [checker], second))).toEqual([]);
    expect(problemsOf(signed(restricted(), [maker], second))).toEqual([
      'it loosens, which takes a limits-maker and another limits-checker, and counting are only P-maker',
    ]);
    expect(problemsOf(signed(restricted(), [maker, checker], second))).toEqual([]);
  });

  test('somebody with both roles is one person', () => {
    expect(problemsOf(signed(restricted(), [both], second))[0]).toContain('it loosens');
    expect(problemsOf(signed(restricted(), [both, both], second))[0]).toContain('it loosens');
    expect(problemsOf(signed(restricted(), [both, maker], second))).toEqual([]);
  });

  test('the first file of a kind takes two, and so does one that follows a lost one', () => {
    const alone = signed(restricted('ACME'), [maker]);
    expect(problemsOf(alone, { kind: 'none' })[0]).toContain('it loosens');
    expect(problemsOf(first, { kind: 'none' })).toEqual([]);
    const next = (by: readonly Signer[]) => signed(restricted('ACME', 'EVIL'), by, second);
    expect(problemsOf(next([maker]), { kind: 'lost', sequence: 1 })[0]).toContain('it loosens');
    expect(problemsOf(next([maker, checker]), { kind: 'lost', sequence: 1 })).toEqual([]);
  });

  test('whoever has not the right does not count, nor does a key of nobody', () => {
    expect(problemsOf(signed(restricted('ACME', 'EVIL'), [trader], second))).toContain(
      'P-trader has not the role limits-maker',
    );
    expect(problemsOf(signed(restricted('ACME', 'EVIL'), [generateSigner('P-maker')], second))).not.toEqual([]);
  });

  test('a longer term loosens, a shorter one does not', () => {
    const bounded = signed(restricted('ACME'), [maker, checker], { to: '2026-02-01T00:00:00.000000000Z' });
    const before: FileBefore = { kind: 'known', sequence: 1, ...bounded };
    const follows = { sequence: 2, previous: travellingHash(bounded.note) };
    const until = (to?: string) => signed(restricted('ACME'), [maker], { ...follows, ...(to && { to }) });
    expect(problemsOf(until('2026-01-31T00:00:00.000000000Z'), before)).toEqual([]);
    expect(problemsOf(until('2026-02-01T00:00:00.000000001Z'), before)[0]).toContain('it loosens');
    expect(problemsOf(until(), before)[0]).toContain('it loosens');
  });
});

describe('what does not count is refused with every problem', () => {
  test('an older number, another place, another text and a term that is over', () => {
    const wrong = signed(restricted('ACME'), [maker, checker], {
      environment: 'live',
      to: '2026-01-02T00:00:00.000000000Z',
      content: { hash: 'a'.repeat(64), bytes: 7 },
    });
    expect(problemsOf(wrong)).toEqual([
      'it is for live, not for paper',
      'it counted until 2026-01-02T00:00:00.000000000Z',
      'number 1 came after number 1',
      expect.stringMatching(/^the file has \d+ bytes, not 7$/),
      `the file has not the hash ${'a'.repeat(64)}`,
    ]);
    expect(problemsOf(first, { kind: 'none' }, live)).toContain('it is for paper, not for live');
    const later = signed(restricted('ACME'), [maker, checker], { from: '2026-01-05T12:00:00.000000001Z' });
    expect(problemsOf(later, { kind: 'none' })[0]).toContain('it counts only from');
  });

  test('one that does not follow the document in force', () => {
    const strange = signed(restricted('ACME'), [maker, checker], { sequence: 2, previous: 'b'.repeat(64) });
    expect(problemsOf(strange)).toEqual(['it does not follow the document in force, number 1']);
    expect(problemsOf(signed(restricted('ACME'), [maker, checker], { sequence: 2 }))).toContain(
      'it names no document before it',
    );
  });

  test('a file of another kind, one that is no dated file, and a document of another type', () => {
    const calendars = JSON.stringify({ ...head, kind: 'calendars', rows: [] });
    expect(problemsOf(signed(calendars, [maker, checker], second))).toEqual([
      'the file is of kind calendars, not restrictions',
    ]);
    expect(problemsOf(signed('{', [maker, checker], second))).toEqual(['the file is not JSON']);
    const other = signDocument(maker, 'gatehouse/sheet/v1', {});
    expect(problemsOf({ note: other, content: '' })[0]).toContain('a document of type gatehouse/sheet/v1');
  });

  test('a version in between may make good what looks like a loosening', () => {
    const far = signed(restricted(), [maker], { sequence: 3, previous: 'c'.repeat(64) });
    const judged = judgeDatedFile(far, { trust, before: held, at });
    expect(judged).toMatchObject({ kind: 'refused', lacksPrevious: true });
    const unsigned = signed(restricted(), [trader], { sequence: 3, previous: 'c'.repeat(64) });
    expect(judgeDatedFile(unsigned, { trust, before: held, at })).toMatchObject({ lacksPrevious: false });
  });

  test.each([
    ['nothing yet', { kind: 'none' }, 2, true],
    ['nothing yet, of the first', { kind: 'none' }, 1, false],
    ['a lost one', { kind: 'lost', sequence: 1 }, 2, true],
    ['the one before', held, 2, false],
  ] as const)('whoever has %s may need the version before', (_, before, sequence, lacksPrevious) => {
    const file = signed(restricted(), [maker], sequence === 1 ? {} : second);
    expect(judgeDatedFile(file, { trust, before, at })).toMatchObject({ kind: 'refused', lacksPrevious });
  });

  test('what nobody signed is not read', () => {
    const judged = judgeDatedFile(signed('{', [trader], second), { trust, before: held, at });
    expect(judged.kind === 'refused' && judged.problems).not.toContain('the file is not JSON');
    expect(unsignedProblems(first.note, { trust, at })).toEqual([]);
  });
});

describe('what loosens', () => {
  const rows = (...ids: readonly string[]) => ids.map((id) => ({ id, list: id }));

  test.each([
    ['restrictions', 'rows', 'by less'],
    ['sanctions', 'rows', 'by less'],
    ['sanctions', 'lists', 'by less'],
    ['locates', 'rows', 'by more'],
    ['locates', 'easyToBorrow', 'by more'],
    ['entitlements', 'traders', 'by more'],
    ['entitlements', 'accounts', 'by more'],
    ['entitlements', 'algorithms', 'by either'],
    ['calendars', 'rows', 'by either'],
  ] as const)('%s: %s %s', (kind, list, how) => {
    const isLoosened = (before: readonly object[], after: readonly object[]): boolean =>
      fileDifference(kind, { [list]: [...before] } as never, { [list]: [...after] } as never).isLoosening;
    expect(isLoosened(rows('a', 'b'), rows('a'))).toBe(how !== 'by more');
    expect(isLoosened(rows('a'), rows('a', 'b'))).toBe(how !== 'by less');
    expect(isLoosened(rows('a', 'b'), rows('a', 'b'))).toBe(false);
    expect(isLoosened(rows('a'), rows('c'))).toBe(true);
  });

  test('easy names that are told anew are located anew, and a newer date alone loosens no other row', () => {
    const list = (asOf: string, ...easyToBorrow: string[]) => ({ asOf, rows: ['L-1'], easyToBorrow });
    const isLoosened = (before: object, after: object) =>
      fileDifference('locates', before as never, after as never).isLoosening;
    expect(isLoosened(list('1', 'ACME'), list('2', 'ACME'))).toBe(true);
    expect(isLoosened(list('1', 'ACME'), list('2'))).toBe(false);
    expect(isLoosened(list('1', 'ACME', 'OTHER'), list('1', 'ACME'))).toBe(false);
  });

  test('a list of sanctions in a newer version is no loosening, and rows that change places are one where the last counts', () => {
    const list = (version: string) => ({ lists: [{ list: 'ofac-sdn', version }] });
    expect(fileDifference('sanctions', list('1'), list('2')).isLoosening).toBe(false);
    const [one, other] = [{ algorithms: ['a', 'b'] }, { algorithms: ['b', 'a'] }];
    expect(fileDifference('entitlements', one, other).isLoosening).toBe(true);
    expect(fileDifference('restrictions', { rows: ['a', 'b'] }, { rows: ['b', 'a'] }).isLoosening).toBe(false);
  });
});
