import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode } from '../schema/decode.ts';
import { DUTIES, dutiesByFlag, dutyOf, type RegimeFlag } from './duties.ts';
import { dutiesOn, hasDuty, profileOn, RegimeProfile } from './regime-profile.ts';

const FLAGS = Object.keys(dutiesByFlag) as RegimeFlag[];
const ROOT = 'eu-algorithmic';

function profile(flags: readonly string[], changes: object = {}): RegimeProfile {
  const text = {
    v: 1,
    version: 1,
    legalEntity: 'GATEHOUSEDEMOFIRM008',
    from: '2020-01-01',
    flags,
    approvedBy: ['p-01', 'p-02'],
    reason: 'Worked examples.',
    ...changes,
  };
  return decode(RegimeProfile, text, 'the profile');
}

test('a broker-dealer has the duty of market access, and a firm behind a broker has none', () => {
  expect(hasDuty(profile(['us-broker-dealer']), '15c3-5', '2026-01-01')).toBe(true);
  expect(dutiesOn(profile(['through-a-broker']), '2026-01-01')).toEqual([]);
});

test('an EU firm has RTS 6 and no duty of a venue, and the venue has no duty of its members', () => {
  const firm = profile([ROOT]);
  expect(hasDuty(firm, 'rts-6', '2026-01-01')).toBe(true);
  expect(hasDuty(firm, 'rts-9', '2026-01-01')).toBe(false);
  expect(hasDuty(firm, 'rts-6-hft', '2026-01-01')).toBe(false);
  const venue = profile(['eu-venue-operator']);
  expect(dutiesOn(venue, '2026-01-01')).toEqual(['rts-7', 'rts-9', 'rts-24']);
});

test('advisers have their duty against money laundering from its first day and not before', () => {
  const adviser = profile(['us-private-fund-adviser']);
  expect(hasDuty(adviser, 'adviser-aml', '2027-12-31')).toBe(false);
  expect(hasDuty(adviser, 'adviser-aml', '2028-01-01')).toBe(true);
  expect(hasDuty(adviser, 'form-pf', '2027-12-31')).toBe(true);
});

test('before a profile nobody knows what the entity was', () => {
  expect(hasDuty(profile([ROOT]), 'rts-6', '2020-01-01')).toBe(true);
  expect(() => hasDuty(profile([ROOT]), 'rts-6', '2019-12-31')).toThrow(/2019-12-31/);
});

test('a new version counts from its first day', () => {
  const versions = [profile([ROOT]), profile([ROOT, 'eu-high-frequency'], { version: 2, from: '2024-07-01' })];
  expect(hasDuty(profileOn(versions, '2024-06-30'), 'rts-6-hft', '2024-06-30')).toBe(false);
  expect(hasDuty(profileOn(versions, '2024-07-01'), 'rts-6-hft', '2024-07-01')).toBe(true);
});

test('versions with a gap, of another entity, out of order or none at all are no history', () => {
  const first = profile([ROOT]);
  const third = profile([ROOT], { version: 3, from: '2024-07-01' });
  const foreign = profile([ROOT], { version: 2, from: '2024-07-01', legalEntity: '5493001KJTIIGC8Y1R12' });
  const earlier = profile([ROOT], { version: 2, from: '2019-07-01' });
  expect(() => profileOn([first, third], '2025-01-01')).toThrow(/versions with gaps/);
  expect(() => profileOn([first, foreign], '2025-01-01')).toThrow(/several entities/);
  expect(() => profileOn([first, earlier], '2025-01-01')).toThrow(/order of their days/);
  expect(() => profileOn([], '2025-01-01')).toThrow(/before the first/);
});

test('a flag that only adds needs the one that it adds to', () => {
  expect(() => profile(['eu-high-frequency'])).toThrow(/adds to eu-algorithmic/);
  expect(profile([ROOT, 'eu-high-frequency']).flags).toHaveLength(2);
});

test('two different people approve a profile, and each flag is given once', () => {
  expect(() => profile([ROOT], { approvedBy: ['p-01'] })).toThrow(/approvedBy/);
  expect(() => profile([ROOT], { approvedBy: ['p-01', 'p-01'] })).toThrow(/approved it twice/);
  expect(() => profile([ROOT, ROOT])).toThrow(/given twice/);
  expect(() => profile([])).toThrow(/flags/);
});

test('every duty has a source and somebody who can have it', () => {
  const had = new Set(FLAGS.flatMap((flag) => [...dutiesByFlag[flag]]));
  expect([...had].toSorted()).toEqual([...DUTIES].toSorted());
  for (const duty of DUTIES) expect(dutyOf(duty).source.says).toMatch(/^[A-Z].*\.$/);
});

test('another flag never takes a duty away', () => {
  const flags = fc.subarray(FLAGS, { minLength: 1 });
  fc.assert(
    fc.property(flags, fc.constantFrom(...FLAGS), (some, added) => {
      const before = [...new Set([ROOT, ...some])];
      const after = [...new Set([...before, added])];
      const kept = new Set(dutiesOn(profile(after), '2030-01-01'));
      expect(dutiesOn(profile(before), '2030-01-01').filter((duty) => !kept.has(duty))).toEqual([]);
    }),
  );
});
