import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EnrolmentToken } from '../schema/enrolment.ts';
import { parseInstant } from '../values/instant.ts';
import { parseTokenText, tokenText } from './token-text.ts';

const token: EnrolmentToken = {
  v: 1,
  id: 'E-0123456789abcdef',
  edge: 'edge-2',
  hub: 'https://hub.example:8443',
  authority: 'a'.repeat(64),
  expiresAt: parseInstant('2026-01-05T10:15:00.000000000Z'),
  secret: 'S'.repeat(43),
};

test('a token comes back from its text, also when it was wrapped over lines', () => {
  const text = tokenText(token);
  expect(parseTokenText(text)).toEqual(token);
  expect(parseTokenText(`  ${text.slice(0, 60)}\n${text.slice(60)} \n`)).toEqual(token);
});

test('a token with any one character changed or missing is refused, and the refusal repeats nothing of it', () => {
  const text = tokenText(token);
  fc.assert(
    fc.property(fc.nat({ max: text.length - 1 }), fc.constantFrom('', 'A', '0', 'f'), (at, put) => {
      fc.pre(text[at] !== put);
      let message = '';
      try {
        parseTokenText(text.slice(0, at) + put + text.slice(at + 1));
      } catch (error) {
        message = error instanceof Error ? error.message : '';
      }
      expect(message).toBe('the text is no enrolment token, or a part of it is missing');
    }),
  );
});

test('a token for an address without encryption is refused', () => {
  expect(() => tokenText({ ...token, hub: 'http://hub.example' })).toThrow();
  const body = Buffer.from(tokenText(token).split('.')[1] ?? '', 'base64url').toString('utf8');
  expect(body).toContain('https://hub.example');
});
