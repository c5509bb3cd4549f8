import { expect, test } from 'vitest';
import { requireSafeKey } from './key-rights.ts';
import { RestFailure } from './rest.ts';
import type { PermissionsAnswer } from './wire-forms.ts';

const GOOD = { enableWithdrawals: false, enableSpotAndMarginTrading: true } as PermissionsAnswer;
const TOLD = { mayTradeUnasked: false };

function failing(code: 'VENUE_REFUSED' | 'VENUE_SILENT' | 'VENUE_UNREACHABLE', means: 'retry' | 'refuse' | 'unknown') {
  return { permissions: () => Promise.reject(new RestFailure({ code, says: 'a failure', means })) };
}

test.each([
  ['may not withdraw and may trade', GOOD, undefined],
  ['may withdraw', { ...GOOD, enableWithdrawals: true }, 'FORBIDDEN'],
  ['may not trade', { ...GOOD, enableSpotAndMarginTrading: false }, 'FORBIDDEN'],
])('a key that %s', async (_, rights, code) => {
  const asked = requireSafeKey({ permissions: async () => rights }, TOLD);
  if (code === undefined) await expect(asked).resolves.toBeUndefined();
  else await expect(asked).rejects.toMatchObject({ code });
});

test.each([
  ['refuses the question', failing('VENUE_REFUSED', 'refuse'), 'FORBIDDEN'],
  ['is in maintenance', failing('VENUE_SILENT', 'unknown'), 'VENUE_UNREACHABLE'],
  ['has no room for the question', failing('VENUE_REFUSED', 'retry'), 'VENUE_UNREACHABLE'],
  ['is not reached', failing('VENUE_UNREACHABLE', 'retry'), 'VENUE_UNREACHABLE'],
])('an exchange that %s lets no key trade, and only what will not change is final', async (_, questions, code) => {
  await expect(requireSafeKey(questions, TOLD)).rejects.toMatchObject({ code });
});

test('a test network that does not know the question lets a key trade that was told to', async () => {
  const questions = failing('VENUE_REFUSED', 'refuse');
  await expect(requireSafeKey(questions, { mayTradeUnasked: true })).resolves.toBeUndefined();
});
