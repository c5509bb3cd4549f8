import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { RandomBytes } from './secret-token.ts';

/** How many recovery codes a person gets. */
export const RECOVERY_CODES = 10;

const ALPHABET = '23456789abcdefghijkmnpqrstuvwxyz';
const LETTERS = 16;
const GROUP = /.{4}(?=.)/g;
const FORM = /^[2-9a-z]{16}$/;

/** New recovery codes of 80 random bits each, in groups of four to be read and typed. */
export function newRecoveryCodes(random: RandomBytes): readonly string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const letters = [...random(LETTERS)].map((byte) => ALPHABET[byte % ALPHABET.length] ?? '').join('');
    return letters.replaceAll(GROUP, '$&-');
  });
}

/** What is stored of a recovery code; undefined where the text cannot be one. */
export function recoveryCodeHash(typed: string): string | undefined {
  const letters = typed.toLowerCase().replaceAll(/[\s-]/g, '');
  return FORM.test(letters) ? sha256('gatehouse/recovery/v1\n', letters).toString('hex') : undefined;
}
