import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { Questions } from './questions.ts';
import { RestFailure } from './rest.ts';

/**
 * Asks the exchange what the key may do, before anything else is done with it.
 *
 * Shape:  a key that could withdraw is refused, and so is one of which the exchange does not say it; a machine that trades never needs that right.
 * Errors: `FORBIDDEN` for such a key and for one that may not trade; `VENUE_UNREACHABLE` where
 *         the exchange may answer at another time.
 */
export async function requireSafeKey(
  questions: Pick<Questions, 'permissions'>,
  { mayTradeUnasked }: { readonly mayTradeUnasked: boolean },
): Promise<void> {
  let rights: Awaited<ReturnType<Questions['permissions']>>;
  try {
    rights = await questions.permissions();
  } catch (error) {
    if (mayTradeUnasked) return;
    if (error instanceof RestFailure && error.means !== 'refuse') {
      throw new KitError(
        'VENUE_UNREACHABLE',
        `the exchange was not able to say what the key may do: ${error.message}`,
        {
          hint: 'Start again when the exchange answers; nothing is traded before it has.',
          cause: error,
        },
      );
    }
    const says = error instanceof Error ? error.message : describeError(error);
    throw new KitError('FORBIDDEN', `the exchange does not say what the key may do: ${says}`, {
      hint: 'Check that the sealed key and secret are those of this account and that this address may use them; a key trades only once the exchange has said that it cannot withdraw.',
    });
  }
  if (rights.enableWithdrawals) {
    throw new KitError('FORBIDDEN', 'the key may withdraw from the account', {
      hint: 'Make a key without the right to withdraw, seal it, and delete this one at the exchange.',
    });
  }
  if (!rights.enableSpotAndMarginTrading) {
    throw new KitError('FORBIDDEN', 'the key may not trade', {
      hint: 'Give the key the right to trade on the spot account, and no other.',
    });
  }
}
