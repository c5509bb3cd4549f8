import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import type { DecisionFacts, ScopeText, TradingState } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { statesWith } from '../examples/base.ts';
import { isReducing } from '../exposure.ts';
import { scopesOf } from '../scopes.ts';
import { pass, refuse, type Verdict } from '../verdict.ts';

const limits = {};
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const reducing = statesWith({ 'algorithm:ema-cross': 'reducing' });

type States = NonNullable<DecisionFacts['states']>;

interface OwnState {
  readonly scope: ScopeText;
  readonly state: TradingState | undefined;
}

const strictness: Readonly<Record<TradingState, number>> = { active: 0, reducing: 1, halted: 2 };

/**
 * Refuses every order in a scope that is halted, and every order that adds risk in a scope that is reducing.
 *
 * Shape:  an order lies in eight scopes (firm, desk, trader, client, account, algorithm, instrument, venue); the state of each
 *         must be known. An order reduces where it can only bring the position nearer to zero, open orders counted.
 *         Where a scope is listed twice, the stricter state counts.
 * Source: RTS 6 Art. 12 (kill functionality).
 */
export const tradingState = defineControl({
  id: 'trading-state',
  version: 1,
  title: 'Trading state',
  question: 'Is trading open for everyone and everything that this order belongs to?',
  sources: [
    cite(
      RTS_6,
      'Art. 12',
      'Trading can be stopped at once, for all orders or for those of a trader, desk, client or algorithm.',
    ),
  ],
  limits: z.strictObject({}),
  needs: ['states'],
  scopes: ['firm'],

  check({ order, facts }) {
    const figures = { haltEpoch: String(facts.haltEpoch) };
    const own = scopesOf(order).map((scope) => ({ scope, state: strictestState(facts.states, scope) }));

    const unknown = scopesIn(undefined, own);
    if (unknown !== '') return refuse(`The trading state is not known for ${unknown}.`, figures);
    const halted = scopesIn('halted', own);
    if (halted !== '') return refuse(`Trading is halted for ${halted}.`, figures);
    const shrinking = scopesIn('reducing', own);
    if (shrinking !== '') return judgeReducing(order, facts, shrinking);
    return pass('Trading is open in every scope of this order.', figures);
  },

  examples: [
    { name: 'open everywhere', limits, expect: 'pass' },
    { name: 'the firm is halted', facts: { states: statesWith({ firm: 'halted' }) }, limits, expect: 'refuse' },
    {
      name: 'the venue is halted',
      facts: { states: statesWith({ 'venue:paper': 'halted' }) },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a halt of another algorithm changes nothing',
      facts: { states: [...statesWith({}), { scope: 'algorithm:mean-reversion', state: 'halted' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'reducing: a sale of the whole long position',
      order: { ...sale, quantity: '50' },
      facts: { states: reducing, position: { quantity: '50', asOfSeq: 41 } },
      limits,
      expect: 'pass',
    },
    {
      name: 'reducing: a sale of one unit more',
      order: { ...sale, quantity: '51' },
      facts: { states: reducing, position: { quantity: '50', asOfSeq: 41 } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'reducing: a purchase of the whole short position, open purchases counted',
      order: { quantity: '30' },
      facts: { states: reducing, position: { quantity: '-50', asOfSeq: 41 }, open: { buy: '20', sell: '0' } },
      limits,
      expect: 'pass',
    },
    {
      name: 'reducing: a purchase of one unit more',
      order: { quantity: '31' },
      facts: { states: reducing, position: { quantity: '-50', asOfSeq: 41 }, open: { buy: '20', sell: '0' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'reducing: any order from a flat position',
      order: { quantity: '1' },
      facts: { states: reducing },
      limits,
      expect: 'refuse',
    },
    {
      name: 'reducing: a purchase onto a long position',
      order: { quantity: '1' },
      facts: { states: reducing, position: { quantity: '50', asOfSeq: 41 } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'reducing with open sales below zero, which cannot be right',
      order: { ...sale, quantity: '50' },
      facts: { states: reducing, position: { quantity: '50', asOfSeq: 41 }, open: { buy: '0', sell: '-1' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'halted outweighs reducing',
      order: { ...sale, quantity: '50' },
      facts: {
        states: statesWith({ 'algorithm:ema-cross': 'reducing', 'desk:index': 'halted' }),
        position: { quantity: '50', asOfSeq: 41 },
      },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a scope listed as active and as halted',
      facts: { states: [...statesWith({}), { scope: 'firm', state: 'halted' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a scope listed as halted and as active',
      facts: { states: [...statesWith({ firm: 'halted' }), { scope: 'firm', state: 'active' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'reducing with an unknown position',
      order: { ...sale, quantity: '1' },
      facts: { states: reducing, position: null },
      limits,
      expect: 'refuse',
    },
    {
      name: 'reducing with unknown open orders',
      order: { ...sale, quantity: '1' },
      facts: { states: reducing, position: { quantity: '50', asOfSeq: 41 }, open: null },
      limits,
      expect: 'refuse',
    },
    { name: 'no state known', facts: { states: null }, limits, expect: 'refuse' },
    {
      name: 'the state of one scope not known',
      facts: { states: statesWith({}).filter(({ scope }) => scope !== 'trader:p-7f3a') },
      limits,
      expect: 'refuse',
    },
  ],
});

function strictestState(states: States, scope: ScopeText): TradingState | undefined {
  let strictest: TradingState | undefined;
  for (const entry of states) {
    if (entry.scope === scope && (strictest === undefined || strictness[entry.state] > strictness[strictest])) {
      strictest = entry.state;
    }
  }
  return strictest;
}

function scopesIn(state: TradingState | undefined, own: readonly OwnState[]): string {
  const found = own.filter((entry) => entry.state === state);
  return found.map(({ scope }) => scope).join(', ');
}

function judgeReducing(order: Order, facts: DecisionFacts, shrinking: string): Verdict {
  const { position, open, haltEpoch } = facts;
  const where = `Only orders that reduce the position may pass for ${shrinking}`;
  if (position === undefined || open === undefined) {
    return refuse(`${where}, and the position or the open orders are not known.`, { haltEpoch: String(haltEpoch) });
  }
  const figures = {
    haltEpoch: String(haltEpoch),
    position: toText(position.quantity),
    positionAsOfSeq: String(position.asOfSeq),
    openBuy: toText(open.buy),
    openSell: toText(open.sell),
  };
  return isReducing(order, { position, open })
    ? pass(`${where}, and this one does.`, figures)
    : refuse(`${where}, and this one does not.`, figures);
}
