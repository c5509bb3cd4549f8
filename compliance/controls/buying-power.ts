import { cite, FINRA_4210, REG_T, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { compare, signOf } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { type CheckInput, defineControl } from '../define-control.ts';
import { buyingPowerExamples } from '../examples/buying-power.ts';
import { worstCase } from '../exposure.ts';
import { exposureAfter, reducesScope } from '../exposure-after.ts';
import { Bps, higherIsTighter, noneIsTighter } from '../limit-fields.ts';
import { cashNeed, type JudgedNeed, marginNeed, type NeedQuestion } from '../margin-need.ts';
import type { MarginRegime } from '../margin-regime.ts';
import { valuationLimits } from '../valuation.ts';
import { pass, refuse, refuseBeyond } from '../verdict.ts';

/** The regimes whose margin the law sets, which the firm cannot waive. */
const LAWFUL_MARGIN: ReadonlySet<string> = new Set(['reg-t', 'intraday'] satisfies MarginRegime[]);

/**
 * Refuses an order that the account cannot pay for, or cannot carry on margin.
 *
 * Shape:  the regime is the account's own. `cash`: purchases are covered by cash in their own currency, sales by what is held.
 *         `reg-t`: the account is worth the initial margin of everything held and entered, and the maintenance margin where that
 *         is higher. `intraday`: it is worth the margin for positions of the day, from the day that rule took effect.
 *         `venue`: everything stays within the leverage that the venue grants. House rates raise those of the law and
 *         never lower them; a class of assets that the law does not lend on is paid in full. Margin rates that are missing,
 *         for anything held, refuse. The floors in dollars per share for cheap securities sold short are not in it and
 *         belong in the house rates. Beyond the limit an order passes that can only bring the position nearer to zero. A ticket
 *         can set aside what cash or a venue's leverage refuses, and never the margin of the law.
 * Units:  amounts in the firm's currency, or under `cash` in the order's; having exactly what is required passes.
 * Source: 12 CFR 220.12; FINRA Rule 4210; 17 CFR 240.15c3-5(c)(1)(i); RTS 6 Art. 15(4).
 */
export const buyingPower = defineControl({
  id: 'buying-power',
  version: 1,
  title: 'Buying power',
  question: 'Can the account pay for this order, or carry it on margin, with all that it holds and has open?',
  sources: [
    cite(REG_T, '220.12', 'A margin equity security is paid to one half, a short sale secured by one half on top.'),
    cite(
      FINRA_4210,
      '(b), (c), (d)',
      'An account keeps a minimum equity, a maintenance margin, and a margin for the positions of the day.',
    ),
    cite(SEC_15C3_5, '(c)(1)(i)', 'Orders beyond the credit of a customer are stopped, measured on what was entered.'),
    cite(
      RTS_6,
      'Art. 15(4)',
      'Orders are held to credit risk limits that fit the capital and the clearing of the firm.',
    ),
  ],
  limits: z.strictObject({
    regime: z
      .enum(['cash', 'reg-t', 'intraday', 'venue'])
      .describe('Under what rules the account may deal: with cash alone, or with which kind of margin.')
      .meta(noneIsTighter),
    reserveBps: Bps.describe(
      'What is kept free for fees and for prices that move, in basis points of what is required.',
    ).meta(higherIsTighter),
    ...valuationLimits,
  }),
  scopes: ['account'],
  isOverridable: true,

  check(input, valuation, scope) {
    const { regime, reserveBps } = valuation;
    const judged = exposureAfter(input, scope, { valuation });
    if (judged.kind === 'unknown') return refuse(judged.reason, judged.figures);
    const after = judged.exposure;
    if (regime === 'cash' && input.order.side === 'sell') return coveredSale(input, after);

    const need = needOf(input, scope, { regime, question: { after, valuation, reserve: reserveBps } });
    if (need.kind === 'unknown') return refuse(need.reason, need.figures);
    const { available, required } = need;
    const figures = { available, required };
    if (compare(required, available) <= 0) return pass('The account can carry the order.', figures);
    if (reducesScope(input, after)) {
      return pass(
        'The account has less than it needs, and this order can only bring a position nearer to zero.',
        figures,
      );
    }
    const beyond = 'The account has less than the order needs.';
    return LAWFUL_MARGIN.has(regime) ? refuse(beyond, figures) : refuseBeyond(beyond, figures);
  },

  examples: buyingPowerExamples,
});

function coveredSale({ order }: CheckInput, { standing }: NeedQuestion['after']) {
  const { short } = worstCase(order, standing);
  const figures = { worstShort: short };
  return signOf(short) >= 0
    ? pass('The sale is covered by what the account holds.', figures)
    : refuseBeyond('The account may not owe, and holds less than is for sale.', figures);
}

function needOf(
  input: CheckInput,
  scope: ScopeText,
  { regime, question }: { readonly regime: 'cash' | MarginRegime; readonly question: NeedQuestion },
): JudgedNeed {
  return regime === 'cash' ? cashNeed(input, question) : marginNeed(input, scope, { ...question, regime });
}
