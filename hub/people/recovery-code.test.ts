import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { newRecoveryCodes, RECOVERY_CODES, recoveryCodeHash } from './recovery-code.ts';

test('ten different codes, each read back however it is typed', () => {
  const codes = newRecoveryCodes((length) => randomBytes(length));
  expect(new Set(codes).size).toBe(RECOVERY_CODES);
  for (const code of codes) {
    expect(code).toMatch(/^([2-9a-z]{4}-){3}[2-9a-z]{4}$/);
    expect(recoveryCodeHash(` ${code.toUpperCase().replaceAll('-', ' ')}`)).toBe(recoveryCodeHash(code));
  }
});

test('what cannot be a code has no hash', () => {
  expect(recoveryCodeHash('123456')).toBeUndefined();
  expect(recoveryCodeHash('')).toBeUndefined();
});
