import { bodySchemas } from '@gatehouse/shared/schema/bodies.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recordClasses } from './classes.ts';
import { KEY_CLASSES, type KeyClass, keyClassOf } from './key-class.ts';
import { monthOf, parseTarget, targetText } from './target.ts';

const kinds = Object.keys(bodySchemas).filter((kind) => kind !== 'act');

test('every kind of entry that this release knows lies under a key class with rules', () => {
  expect(kinds.filter((kind) => keyClassOf(kind, null) === 'unknown')).toEqual([]);
});

test('a kind or act that nobody knows lies under a class that never goes', () => {
  const names = fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'toString', 'hasOwnProperty'));
  fc.assert(
    fc.property(names, (name) => {
      fc.pre(!kinds.includes(name) && name !== 'act');
      expect(keyClassOf(name, null)).toBe('unknown');
      expect(keyClassOf('act', `${name}-of-nobody.done`)).toBe('unknown');
    }),
  );
  expect(keyClassOf('act', null)).toBe('unknown');
  expect(keyClassOf('act', 'constructor.called')).toBe('unknown');
  expect(recordClasses.flatMap(({ records }) => records).some(({ keyClass }) => keyClass === 'unknown')).toBe(false);
});

test('acts lie with their family, and certificates with the acts of retention', () => {
  expect(keyClassOf('act', 'limits.proposed')).toBe('market-access');
  expect(keyClassOf('act', 'customer.recorded')).toBe('customer');
  expect(keyClassOf('act', 'session.signed-in')).toBe('hub-acts');
  expect(keyClassOf('act', 'records.exported')).toBe('hub-acts');
  expect(keyClassOf('act', 'records.disposed')).toBe('retention');
  expect(keyClassOf('act', 'records.disposed-again')).toBe('retention');
});

/** What could end the keeping of a record at another time than its own day does. */
function clocksOf(keyClass: KeyClass, kind: string): readonly string[] {
  const own = recordClasses.filter(({ records }) =>
    records.some((group) => group.keyClass === keyClass && (group.kinds === undefined || group.kinds.includes(kind))),
  );
  return [
    ...new Set(own.map(({ clock, periods }) => `${clock} ${periods.at(-1)?.maximum ?? 'no maximum'}`)),
  ].toSorted();
}

test('records under one key have the same clock events and the same maxima, whatever their kind', () => {
  for (const keyClass of KEY_CLASSES) {
    const own = kinds.filter((kind) => keyClassOf(kind, null) === keyClass);
    const sets = new Set([...own, 'act'].map((kind) => clocksOf(keyClass, kind).join(', ')));
    if (own.length === 0) expect(sets.size, keyClass).toBe(1);
    else expect(new Set(own.map((kind) => clocksOf(keyClass, kind).join(', '))).size, keyClass).toBe(1);
  }
});

test('every key class but the unknown has a retention class', () => {
  const held = new Set(recordClasses.flatMap(({ records }) => records.map(({ keyClass }) => keyClass)));
  expect(KEY_CLASSES.filter((keyClass) => !held.has(keyClass))).toEqual(['unknown']);
});

test('a target reads back from its word, and other words are refused', () => {
  const targets = fc.oneof(
    fc.record({
      kind: fc.constant('period' as const),
      class: fc.constantFrom(...KEY_CLASSES),
      month: fc.integer({ min: 1, max: 12 }).map((month) => `2026-${`${month}`.padStart(2, '0')}`),
    }),
    fc.record({
      kind: fc.constant('subject' as const),
      subject: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
    }),
  );
  fc.assert(
    fc.property(targets, (target) => {
      expect(parseTarget(targetText(target))).toEqual(target);
    }),
  );
  for (const word of [
    'trading',
    'trading/2026-13',
    'trading/2026-1',
    'nothing/2026-01',
    'subject/',
    'subject/a b',
    'a/b/c',
  ]) {
    expect(() => parseTarget(word), word).toThrow('the disposal target');
  }
});

test('the month of a record is that of its header, in UTC', () => {
  expect(monthOf('2026-03-31T23:59:59.999999999Z')).toBe('2026-03');
  expect(() => monthOf('yesterday')).toThrow('the month of');
});
