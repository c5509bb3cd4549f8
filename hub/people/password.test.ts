import { expect, test } from 'vitest';
import { hashPassword, PASSWORD_LENGTH_MAX, passwordProblems, verifyPassword } from './password.ts';

test('a password has twelve characters or more, and less than a book', () => {
  expect(passwordProblems('elevenchar1', 'officer')).toHaveLength(1);
  expect(passwordProblems('twelve chars', 'officer')).toEqual([]);
  expect(passwordProblems(`a long one ${'x'.repeat(PASSWORD_LENGTH_MAX)}`, 'officer')).toHaveLength(1);
});

test.each([
  ['Password1234', 'is common in any case'],
  ['my officer words', 'contains the login'],
  ['abababababababab', 'has hardly a letter'],
])('%s is refused: it %s', (password) => {
  expect(passwordProblems(password, 'officer')).toHaveLength(1);
});

test('a hash is argon2id with the cost that OWASP asks for, and fits its password alone', async () => {
  const hash = await hashPassword('four words for today');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await verifyPassword('four words for today', hash)).toBe(true);
  expect(await verifyPassword('four words for todaY', hash)).toBe(false);
});

test('without a hash nothing fits', async () => {
  expect(await verifyPassword('nobody-has-this', undefined)).toBe(false);
});
