import type { CheckInput } from './check-input.ts';
import { isReducing, type Standing } from './exposure.ts';
import { type Figures, known, pass, refuse, type Verdict } from './verdict.ts';

type Input = Pick<CheckInput, 'order' | 'own'>;

/**
 * Whether the order can only bring its account's position in the instrument nearer to zero.
 *
 * Errors: throws `NotKnown` where the position or the open orders are not known, which refuses.
 */
export function reduces(input: Input): boolean {
  return isReducing(input.order, standingOf(input));
}

/**
 * Lets through only an order that reduces the position.
 *
 * Shape:  `why` says, without its full stop, what keeps new risk out.
 * Errors: as `reduces`.
 */
export function onlyReducing(input: Input, why: string, figures: Figures): Verdict {
  const { position, open } = standingOf(input);
  const all = { ...figures, position, openBuy: open.buy, openSell: open.sell };
  return isReducing(input.order, { position, open })
    ? pass(`${why}; this order can only bring the position nearer to zero.`, all)
    : refuse(`${why}; only orders that bring the position nearer to zero may pass.`, all);
}

function standingOf({ order, own }: Input): Standing {
  return {
    position: known(own.position(order), 'position of the account'),
    open: known(own.open(order), 'quantity of the open orders of the account'),
  };
}
