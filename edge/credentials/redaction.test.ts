import { expect, test } from 'vitest';
import { createRedaction } from './redaction.ts';

test('a secret is found as it is, in an address, in JSON, in base64 and in hex', () => {
  const secret = 'pä/ss"word+1';
  const redact = createRedaction(() => [secret]);
  const forms = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(secret).toString('hex'),
  ];
  for (const form of forms) expect(redact(`before ${form} after`)).toBe('before [secret] after');
  expect(redact('before pass after')).toBe('before pass after');
});

test('of two secrets that begin alike nothing is left of the longer one', () => {
  expect(createRedaction(() => ['abcd', 'abcdefgh'])('abcdefgh abcd')).toBe('[secret] [secret]');
});

test('each line of a key of several lines is a secret by itself', () => {
  const redact = createRedaction(() => ['BEGIN-KEY\nMIIEvQIBADANBg\nEND-KEY']);
  expect(redact('error near MIIEvQIBADANBg')).toBe('error near [secret]');
});

test('a word too short to be a secret is left alone', () => {
  expect(createRedaction(() => ['ab', ''])('ab abc')).toBe('ab abc');
  expect(createRedaction(() => ['abcd'])('xabcdx')).toBe('x[secret]x');
});
