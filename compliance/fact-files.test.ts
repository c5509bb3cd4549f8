import { expect, test } from 'vitest';
import { exampleFiles, exampleInstrument, heldExamples } from './examples/files.ts';
import { compileFactFiles, filesHash, NO_FILES } from './fact-files.ts';

const name = { instrument: 'demo-index', issuer: 'example-issuer' };
const reasons = (rows: readonly { readonly reason: string }[]) => rows.map(({ reason }) => reason);

const restrictions = {
  rows: [
    { list: 'restricted' as const, instrument: 'demo-index', sides: 'both' as const, reason: 'By instrument.' },
    { list: 'watch' as const, issuer: 'example-issuer', sides: 'both' as const, reason: 'By issuer.' },
    {
      list: 'watch' as const,
      instrument: 'other',
      issuer: 'example-issuer',
      sides: 'both' as const,
      reason: 'Another.',
    },
  ],
};

test('a restriction is found by instrument and by issuer, and one of both holds for its instrument alone', () => {
  const find = exampleFiles({ restrictions }).restrictions;
  expect(reasons(find?.of(name) ?? [])).toEqual(['By instrument.', 'By issuer.']);
  expect(reasons(find?.of({ ...name, instrument: 'third' }) ?? [])).toEqual(['By issuer.']);
  expect(reasons(find?.of({ instrument: 'other', issuer: 'nobody' }) ?? [])).toEqual(['Another.']);
  expect(find?.of({ instrument: 'third', issuer: 'nobody' })).toEqual([]);
});

test('instruments have the groups that they are counted in by name, whichever was asked for before', () => {
  const rows = ['one', 'two'].map((id) => ({ ...exampleInstrument, id, sector: `sector-${id}` }));
  const find = exampleFiles({ instruments: { rows } }).instruments;
  const groups = ['one', 'one', 'two', 'three', 'three', 'one'].map((id) => find?.of(id)?.sectorGroup);
  const [one, two] = ['sector:sector-one', 'sector:sector-two'];
  expect(groups).toEqual([one, one, two, undefined, undefined, one]);
  expect(find?.of('two')?.classGroup).toBe(`asset-class:${exampleInstrument.assetClass}`);
  const tiers = [{ instrument: 'one', averageDailyVolume: '1', tier: 'thin', at: '2020-03-06T08:00:00.000000000Z' }];
  expect(exampleFiles({ liquidity: { rows: tiers } }).liquidity?.of('one')?.tierGroup).toBe('tier:thin');
});

test('a person is restricted in their own names only', () => {
  const rows = [{ person: 'p-01', instrument: 'demo-index', reason: 'An insider.' }];
  const find = exampleFiles({ 'person-restrictions': { rows } }).personRestrictions;
  expect(reasons(find?.of('p-01', name) ?? [])).toEqual(['An insider.']);
  expect(find?.of('p-01', { ...name, instrument: 'other' })).toEqual([]);
  expect(find?.of('p-02', name)).toEqual([]);
});

test('an algorithm is approved by its very version, and the last row for a version counts', () => {
  const row = { algorithm: 'ema-cross', version: '1.0.0', environments: ['paper' as const], approvedBy: 'p-02' };
  const algorithms = [row, { ...row, version: '1.1.0', approvedBy: 'p-03' }, { ...row, approvedBy: 'p-04' }];
  const find = exampleFiles({ entitlements: { algorithms } }).entitlements;
  expect(find?.algorithm('ema-cross', '1.0.0')?.approvedBy).toBe('p-04');
  expect(find?.algorithm('ema-cross', '1.1.0')?.approvedBy).toBe('p-03');
  expect(find?.algorithm('ema-cross', '1.2.0')).toBeUndefined();
  expect(find?.algorithm('mean-reversion', '1.0.0')).toBeUndefined();
});

test('a file that is not there is absent, and the hash names exactly the files that are', () => {
  const all = heldExamples();
  const some = heldExamples({ sanctions: null });
  expect(compileFactFiles(some).sanctions).toBeUndefined();
  expect(compileFactFiles(all).hash).toBe(filesHash(all));
  expect(filesHash(all)).not.toBe(filesHash(some));
  expect(filesHash([...all].reverse())).toBe(filesHash(all));
  expect(Object.keys(NO_FILES)).toEqual(['hash']);
});

test('of two files of a kind the last counts', () => {
  const empty = heldExamples();
  const full = heldExamples({ restrictions });
  expect(compileFactFiles([...empty, ...full]).restrictions?.of(name)).toHaveLength(2);
  expect(compileFactFiles([...full, ...empty]).restrictions?.of(name)).toEqual([]);
});
