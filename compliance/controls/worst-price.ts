import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import {
  absolute,
  compare,
  type Decimal,
  maximum,
  multiply,
  signOf,
  subtract,
} from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { judgeAge } from '../data-age.ts';
import { defineControl } from '../define-control.ts';
import { Bps, DurationMs, higherIsTighter, lowerIsTighter, noneIsTighter } from '../limit-fields.ts';
import { type ExpectedPrice, judgeReference, movedAgainst } from '../reference-price.ts';
import { stopPriceOf } from '../stop-price.ts';
import { notApplicable, pass, refuse, refuseBeyond, type Verdict } from '../verdict.ts';

const limits = {
  basis: 'quote',
  quoteAgeMsMax: 5_000,
  referenceAgeMsMax: 60_000,
  marketOrderBps: 100,
  slippageBps: 200,
} as const;
const market = { type: 'market', limitPrice: null } as const;
const marketSale = { ...market, side: 'sell', shortSaleMark: 'long' } as const;
const at = '2020-03-06T20:29:59.000000000Z';

/** A quote that is a second old. */
function quoted(sides: { readonly bid?: string; readonly ask?: string }) {
  return { quote: { ...sides, at, source: 'quotes' } };
}

/**
 * Refuses a market order that could trade too far from the reference price, or that has no price to trade at.
 *
 * Shape:  a purchase trades at the ask and a sale at the bid, moved against the order by `marketOrderBps`. Where the sheet says
 *         `reference`, for a market without quotes, the reference price takes the place of the quote. A market order for which
 *         neither is known and fresh is refused, since nobody could say what it costs. A limit order names its own worst price.
 *         A stop or take-profit without a limit is a market order once the market is at its stop price, so it trades at its stop
 *         price moved against it by `marketOrderBps`, and its distance is measured from there: a stop price may lie far from the
 *         market, which is what stops are for. Where the market is there already, it is judged as the market order that it is.
 * Units:  `slippageBps` in basis points of the reference price, both ways; a distance of exactly that passes. Ages in
 *         milliseconds of market time.
 * Source: RTS 6 Art. 15(1)(a); 17 CFR 240.15c3-5(c)(1)(ii).
 */
export const worstPrice = defineControl({
  id: 'worst-price',
  version: 1,
  title: 'Worst price of a market order',
  question: 'Is it known at which price a market order can trade now, and is even a bad one close to the market?',
  sources: [
    cite(RTS_6, 'Art. 15(1)(a)', 'Orders outside set price parameters are blocked, market orders too.'),
    cite(SEC_15C3_5, '(c)(1)(ii)', 'Orders that look erroneous by their price are rejected, order by order.'),
  ],
  limits: z.strictObject({
    basis: z
      .enum(['quote', 'reference'])
      .describe('What a market order trades at: the quote, or the reference price where nobody quotes.')
      .meta(noneIsTighter),
    quoteAgeMsMax: DurationMs.describe('The oldest quote still trusted, in milliseconds.').meta(lowerIsTighter),
    referenceAgeMsMax: DurationMs.describe('The oldest reference price still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
    marketOrderBps: Bps.describe(
      'How far beyond that price a market order is assumed to trade, in basis points of it.',
    ).meta(higherIsTighter),
    slippageBps: Bps.describe(
      'How far from the reference price the order may trade at worst, in basis points of that price.',
    ).meta(lowerIsTighter),
  }),
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  isOverridable: true,

  check({ order, facts }, { basis, quoteAgeMsMax, referenceAgeMsMax, marketOrderBps, slippageBps }) {
    if (order.limitPrice !== undefined) return notApplicable('A limit order names its own worst price.');
    const reference = judgeReference(facts, referenceAgeMsMax);
    if (reference.kind === 'unusable') return refuse(reference.reason, reference.figures);
    const stop = stopPriceOf(order, reference.price);
    if (stop.kind === 'unusable') return refuse(stop.reason, reference.figures);
    if (stop.kind === 'waits') return judgeStop(order, stop.stopPrice, { marketOrderBps, slippageBps });
    const base: ExpectedPrice =
      basis === 'quote'
        ? quotedPrice(order, facts, quoteAgeMsMax)
        : { kind: 'known', price: reference.price, figures: {} };
    const figures = { ...reference.figures, ...base.figures };
    if (base.kind === 'unknown') return refuse(base.reason, figures);

    const expected = movedAgainst(order, base.price, marketOrderBps);
    // Moved toward the reference price, a quote on its wrong side would look closer than it is.
    const distance = maximum(
      absolute(subtract(base.price, reference.price)),
      absolute(subtract(expected, reference.price)),
    );
    const all = { ...figures, worstPrice: expected, distance };
    return compare(distance, multiply(reference.price, slippageBps)) <= 0
      ? pass('Even the worst price at which the order can be expected to trade is close to the market.', all)
      : refuseBeyond('The worst price at which the order can be expected to trade is too far from the market.', all);
  },

  examples: [
    { name: 'a limit order', limits, expect: 'not-applicable' },
    {
      name: 'a market order to buy at a fresh ask close to the reference price',
      order: market,
      limits,
      expect: 'pass',
    },
    {
      name: 'a market order to sell at a fresh bid close to the reference price',
      order: marketSale,
      limits,
      expect: 'pass',
    },
    {
      name: 'a purchase that trades at worst exactly two per cent above the reference price',
      order: market,
      facts: quoted({ bid: '1009.90', ask: '1020.00' }),
      limits: { ...limits, marketOrderBps: 0 },
      expect: 'pass',
    },
    {
      name: 'a purchase that trades at worst one cent beyond two per cent',
      order: market,
      facts: quoted({ bid: '1009.90', ask: '1020.01' }),
      limits: { ...limits, marketOrderBps: 0 },
      expect: 'refuse',
    },
    {
      name: 'a sale that trades at worst exactly two per cent below the reference price',
      order: marketSale,
      facts: quoted({ bid: '980.00', ask: '1000.00' }),
      limits: { ...limits, marketOrderBps: 0 },
      expect: 'pass',
    },
    {
      name: 'a sale that trades at worst one cent beyond two per cent',
      order: marketSale,
      facts: quoted({ bid: '979.99', ask: '1000.00' }),
      limits: { ...limits, marketOrderBps: 0 },
      expect: 'refuse',
    },
    {
      name: 'the assumed slippage counts: exactly two per cent in all',
      order: market,
      facts: quoted({ ask: '1000.00' }),
      limits: { ...limits, marketOrderBps: 200 },
      expect: 'pass',
    },
    {
      name: 'the assumed slippage counts: one basis point more than two per cent',
      order: market,
      facts: quoted({ ask: '1000.00' }),
      limits: { ...limits, marketOrderBps: 201 },
      expect: 'refuse',
    },
    {
      name: 'an ask exactly two per cent below the reference price, where the quote itself is compared too',
      order: market,
      facts: quoted({ bid: '979.90', ask: '980.00' }),
      limits: { ...limits, marketOrderBps: 200 },
      expect: 'pass',
    },
    {
      name: 'an ask one cent more than two per cent below the reference price, where one of the two must be wrong',
      order: market,
      facts: quoted({ bid: '979.90', ask: '979.99' }),
      limits: { ...limits, marketOrderBps: 200 },
      expect: 'refuse',
    },
    {
      name: 'a purchase while nobody sells',
      order: market,
      facts: quoted({ bid: '999.90' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sale while nobody buys',
      order: marketSale,
      facts: quoted({ ask: '1000.10' }),
      limits,
      expect: 'refuse',
    },
    { name: 'no quote', order: market, facts: { quote: null }, limits, expect: 'refuse' },
    {
      name: 'a quote exactly as old as permitted',
      order: market,
      limits: { ...limits, quoteAgeMsMax: 1_000 },
      expect: 'pass',
    },
    {
      name: 'a quote one millisecond too old',
      order: market,
      limits: { ...limits, quoteAgeMsMax: 999 },
      expect: 'refuse',
    },
    {
      name: 'a quote from the future',
      order: market,
      facts: { quote: { bid: '999.90', ask: '1000.10', at: '2020-03-06T20:30:00.000000001Z', source: 'quotes' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a quote whose bid is above its ask',
      order: market,
      facts: quoted({ bid: '1000.11', ask: '1000.10' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a quote whose bid is exactly its ask',
      order: market,
      facts: quoted({ bid: '1000.10', ask: '1000.10' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'an ask of zero, however wide the limit is',
      order: market,
      facts: quoted({ ask: '0' }),
      limits: { ...limits, slippageBps: 10_000 },
      expect: 'refuse',
    },
    {
      name: 'a market without quotes, judged by the reference price: exactly two per cent',
      order: market,
      facts: { quote: null },
      limits: { ...limits, basis: 'reference', marketOrderBps: 200 },
      expect: 'pass',
    },
    {
      name: 'a market without quotes: one basis point more than two per cent',
      order: marketSale,
      facts: { quote: null },
      limits: { ...limits, basis: 'reference', marketOrderBps: 201 },
      expect: 'refuse',
    },
    {
      name: 'a stop far above the market, which is what stops are for, and two per cent of slippage: exactly what is permitted',
      order: { type: 'stop', limitPrice: null, stopPrice: '1500.00' },
      limits: { ...limits, marketOrderBps: 200 },
      expect: 'pass',
    },
    {
      name: 'the same stop with one basis point more of slippage',
      order: { type: 'stop', limitPrice: null, stopPrice: '1500.00' },
      limits: { ...limits, marketOrderBps: 201 },
      expect: 'refuse',
    },
    {
      name: 'a stop to buy exactly at the market is a market order: a fresh ask close to the reference price',
      order: { type: 'stop', limitPrice: null, stopPrice: '1000.00' },
      limits,
      expect: 'pass',
    },
    {
      name: 'the same without a quote',
      order: { type: 'stop', limitPrice: null, stopPrice: '1000.00' },
      facts: { quote: null },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop to buy one cent above the market waits, and asks for no quote',
      order: { type: 'stop', limitPrice: null, stopPrice: '1000.01' },
      facts: { quote: null },
      limits,
      expect: 'pass',
    },
    {
      name: 'a take-profit to buy below the market waits',
      order: { type: 'take-profit', limitPrice: null, stopPrice: '999.99' },
      facts: { quote: null },
      limits,
      expect: 'pass',
    },
    {
      name: 'a take-profit to buy above the market is a market order',
      order: { type: 'take-profit', limitPrice: null, stopPrice: '1000.01' },
      facts: { quote: null },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a trailing stop whose stop price would be zero',
      order: { ...marketSale, type: 'trailing-stop', trailing: { by: 'bps', distance: '10000' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a trailing stop one per cent behind the market',
      order: { ...marketSale, type: 'trailing-stop', trailing: { by: 'bps', distance: '100' } },
      limits,
      expect: 'pass',
    },
    {
      name: 'a trailing stop at no distance',
      order: { ...marketSale, type: 'trailing-stop', trailing: { by: 'price', distance: '0' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop while there is no reference price',
      order: { type: 'stop', limitPrice: null, stopPrice: '1500.00' },
      facts: { reference: null },
      limits,
      expect: 'refuse',
    },
    { name: 'no reference price', order: market, facts: { reference: null }, limits, expect: 'refuse' },
    {
      name: 'neither quote nor reference price',
      order: market,
      facts: { quote: null, reference: null },
      limits: { ...limits, basis: 'reference' },
      expect: 'refuse',
    },
    {
      name: 'a reference price exactly as old as permitted',
      order: market,
      limits: { ...limits, referenceAgeMsMax: 1_000 },
      expect: 'pass',
    },
    {
      name: 'a reference price one millisecond too old',
      order: market,
      limits: { ...limits, referenceAgeMsMax: 999 },
      expect: 'refuse',
    },
  ],
});

/** A market order from its stop price on. */
function judgeStop(
  order: Order,
  stopPrice: Decimal,
  { marketOrderBps, slippageBps }: Readonly<Record<'marketOrderBps' | 'slippageBps', Decimal>>,
): Verdict {
  const worst = movedAgainst(order, stopPrice, marketOrderBps);
  const distance = absolute(subtract(worst, stopPrice));
  const figures = { stopPrice, worstPrice: worst, distance };
  return compare(distance, multiply(stopPrice, slippageBps)) <= 0
    ? pass('Even the worst price at which the order can be expected to trade is close to its stop price.', figures)
    : refuseBeyond(
        'The worst price at which the order can be expected to trade is too far from its stop price.',
        figures,
      );
}

/** The side of the quote that the order trades at. */
function quotedPrice({ side }: Order, { quote, now }: DecisionFacts, quoteAgeMsMax: number): ExpectedPrice {
  if (quote === undefined) return { kind: 'unknown', reason: 'The quote is not known.', figures: {} };
  const { bid, ask, at: quotedAt } = quote;
  const { ageMs: quoteAgeMs, problem } = judgeAge('quote', { at: quotedAt, now, ageMsMax: quoteAgeMsMax });
  const figures = { quoteAgeMs };
  if (problem !== undefined) return { kind: 'unknown', reason: problem, figures };
  if (bid !== undefined && ask !== undefined && compare(bid, ask) > 0) {
    return { kind: 'unknown', reason: 'The bid is above the ask.', figures: { ...figures, bid, ask } };
  }
  const price = side === 'buy' ? ask : bid;
  if (price === undefined) {
    return { kind: 'unknown', reason: 'Nobody quotes a price that the order could trade at.', figures };
  }
  if (signOf(price) <= 0) return { kind: 'unknown', reason: 'The quoted price is not above zero.', figures };
  return { kind: 'known', price, figures };
}
