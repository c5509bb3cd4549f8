import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { CheckInput } from './define-control.ts';
import { type ExposureQuestion, exposureAfter, reducesScope } from './exposure-after.ts';
import type { ScopeExposure } from './valuation.ts';
import { type Figures, pass, refuse, refuseBeyond, type Verdict } from './verdict.ts';

/** What a limit says of an exposure, with what was compared. */
export interface Judgement {
  readonly isInside: boolean;
  readonly figures: Figures;
}

/** The sentences of a limit: the exposure stays within, it would not, and it would not and the order makes it smaller. */
export interface ExposureWords {
  readonly inside: string;
  readonly beyond: string;
  readonly reducing: string;
}

/** How an exposure is held to a limit. */
export interface ExposureLimit extends ExposureQuestion {
  readonly words: ExposureWords;
  readonly judge: (exposure: ScopeExposure) => Judgement;
}

/** The sentences of a limit, put together once for many orders. Shape: each is given without its full stop. */
export function exposureWords(inside: string, beyond: string): ExposureWords {
  const reducing = `${beyond}, and this order can only bring the position nearer to zero.`;
  return { inside: `${inside}.`, beyond: `${beyond}.`, reducing };
}

/**
 * Holds what a scope would stand for to a limit.
 *
 * Shape:  an exposure that is not known refuses. Beyond the limit only an order passes that can do nothing but bring the scope's
 *         own position in the instrument nearer to zero: refusing that one would keep the risk.
 * Errors: as `exposureAfter`.
 */
export function judgeExposure(input: CheckInput, scope: ScopeText, limit: ExposureLimit): Verdict {
  const after = exposureAfter(input, scope, limit);
  if (after.kind === 'unknown') return refuse(after.reason, after.figures);
  const { isInside, figures } = limit.judge(after.exposure);
  const { inside, beyond, reducing } = limit.words;
  if (isInside) return pass(inside, figures);
  return reducesScope(input, after.exposure) ? pass(reducing, figures) : refuseBeyond(beyond, figures);
}
