import { KitError } from '@gatehouse/shared/errors.ts';
import { IncidentBody } from '@gatehouse/shared/schema/bodies.ts';
import { expect, test } from 'vitest';
import { incidentOf, refusal } from './document-offer.ts';

const messageOf = (problems: readonly string[]) => {
  const { kind, body } = incidentOf('SHEET_REFUSED', problems, undefined);
  if (kind !== 'incident') throw new Error(kind);
  expect(IncidentBody.safeParse(body).success).toBe(true);
  return body.message;
};

test('an incident lists every problem that it has room for, and says how many more there were', () => {
  expect(messageOf(['one', 'two'])).toBe('one; two');
  const many = Array.from({ length: 300 }, (_, index) => `problem ${index}`);
  const message = messageOf(many);
  const listed = message.split('; ').length - 1;
  expect(message).toMatch(new RegExp(`; and ${many.length - listed} more$`));
  expect(listed).toBeGreaterThan(100);
});

test('a single problem that is too long is cut', () => {
  expect(messageOf(['x'.repeat(5_000)])).toHaveLength(2_000);
  expect(messageOf([])).toBe('no reason');
});

test('a failure without a list has one problem, and a fault of our own goes on upwards', () => {
  const { answer } = refusal(new KitError('DISK_FULL', 'no room'), 'SHEET_REFUSED');
  expect(answer).toMatchObject({ kind: 'refused', problems: ['no room'] });
  expect(() => refusal(new TypeError('a fault'), 'SHEET_REFUSED')).toThrow('a fault');
  expect(() => refusal(new KitError('INVARIANT_BROKEN', 'a claim'), 'SHEET_REFUSED')).toThrow('a claim');
});
