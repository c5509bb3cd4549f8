import { cite, FINRA_5210, MAR } from '@gatehouse/shared/law/acts.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { compare, type Decimal, signOf, subtract, sum } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { waitsAtEdge } from '../edge-waiting.ts';
import { noneIsTighter } from '../limit-fields.ts';
import type { OpenOrder } from '../own-facts.ts';
import { known, notApplicable, pass, type Remedy, refuse, refuseWith } from '../verdict.ts';

const POLICIES = ['cancel-newest', 'cancel-oldest', 'cancel-both', 'decrement'] as const;
const limits = { policy: 'cancel-newest' as const };
const ask = (changes: object = {}) => ({
  id: 'O-9',
  side: 'sell' as const,
  shortSaleMark: 'long' as const,
  limitPrice: '1000.00',
  ...changes,
});
const stop = { type: 'stop', limitPrice: null, stopPrice: '900.00' } as const;
const inGroup = (role: 'entry' | 'stop-loss', changes: { readonly id?: string; readonly kind?: 'oco' } = {}) => ({
  group: { id: 'G-1', kind: 'bracket' as const, role, ...changes },
});
const bid = { id: 'O-9', limitPrice: '1000.00' } as const;
const sale = { side: 'sell', shortSaleMark: 'long' } as const;

/**
 * Refuses an order that could trade with an open order of the same firm, and says what would let it pass.
 *
 * Shape:  open orders of any account of this edge count, on the other side of the same instrument and venue, at prices that
 *         meet; an order without a limit meets every price, a stop at the venue among them. What waits at the edge is at no venue and
 *         meets nobody. An order that this one replaces does not count, and no more do the others of a group that the venue watches
 *         over, of which it never lets one meet the other. An iceberg counts with all that is left of it. Orders of other edges are
 *         not seen here. By policy the new order stays out (cancel-newest), the open ones are taken back and the new one is sent
 *         again (cancel-oldest), both go (cancel-both), or the smaller side goes and the new order is sent again with what
 *         is left of it (decrement).
 * Source: MAR Art. 12(1)(a); FINRA Rule 5210.
 */
export const selfMatch = defineControl({
  id: 'self-match',
  version: 1,
  title: 'Trade with oneself',
  question: 'Is it certain that this order does not trade with another order of the firm?',
  sources: [
    cite(MAR, 'Art. 12(1)(a)', 'A trade without a change of owner tells the market something false.'),
    cite(FINRA_5210, 'Supplementary Material .02', 'Firms review for trades of related algorithms with each other.'),
  ],
  limits: z.strictObject({
    policy: z
      .enum(POLICIES)
      .describe('Which side gives way: cancel-newest, cancel-oldest, cancel-both or decrement.')
      .meta(noneIsTighter),
  }),
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],

  check({ order, own }, { policy }) {
    if (waitsAtEdge(order))
      return notApplicable('The order waits at the edge and meets nobody; what goes out of it is judged then.');
    const resting = known(own.resting(order.instrument), 'list of open orders in the instrument');
    const opposite = known(own.resting(order.instrument, order.side === 'buy' ? 'sell' : 'buy'), 'list of open orders');
    const crossing = opposite.length === 0 ? opposite : opposite.filter((open) => crosses(order, open));
    const [first] = crossing;
    if (first === undefined) return pass('No open order of the firm would meet this one.', { resting: resting.length });

    const crossed = sum(crossing.map(restOf));
    const figures = { resting: resting.length, crossing: crossing.length, crossed, first: first.order.id };
    const reason = `The order would meet ${crossing.length} open orders of the firm, of ${figures.first} first`;
    const remedy = remedyOf(policy, order.quantity, {
      ids: crossing.map(({ order: { id } }) => id),
      quantity: crossed,
    });
    return remedy === undefined
      ? refuse(`${reason}; the new order stays out.`, figures)
      : refuseWith(remedy, `${reason}; the open orders have to be taken back.`, figures);
  },

  examples: [
    { name: 'nothing is open', limits, expect: 'pass' },
    {
      name: 'an open sale at exactly the price of the purchase',
      own: { orders: [{ order: ask() }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an open sale one cent above',
      own: { orders: [{ order: ask({ limitPrice: '1000.01' }) }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'an open sale below',
      own: { orders: [{ order: ask({ limitPrice: '999.00' }) }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an open purchase at exactly the price of the sale',
      order: sale,
      own: { orders: [{ order: bid }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an open purchase one cent below the sale',
      order: sale,
      own: { orders: [{ order: { ...bid, limitPrice: '999.99' } }] },
      limits,
      expect: 'pass',
    },
    { name: 'an open purchase on the same side', own: { orders: [{ order: bid }] }, limits, expect: 'pass' },
    {
      name: 'an open sale of another account',
      own: { orders: [{ order: ask({ account: 'other' }) }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an open sale on another venue',
      own: { orders: [{ order: ask({ venue: 'other' }) }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'an open sale of another instrument',
      own: { orders: [{ order: ask({ instrument: 'other' }) }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'a market order meets every price',
      order: { type: 'market', limitPrice: null },
      own: { orders: [{ order: ask({ limitPrice: '9999.00' }) }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an open market order is met at every price',
      own: { orders: [{ order: ask({ type: 'market', limitPrice: null }) }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the order that this one replaces does not count',
      order: { replaces: 'O-9' },
      own: { orders: [{ order: ask() }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'an open stop at the venue, which can become a market order',
      own: { orders: [{ order: ask({ type: 'stop', limitPrice: null, stopPrice: '900.00' }) }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the same stop waiting at the edge',
      own: { orders: [{ order: ask({ type: 'stop', limitPrice: null, stopPrice: '900.00' }), state: 'held' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'a stop that waits at the edge, whatever is open',
      order: { type: 'stop', limitPrice: null, stopPrice: '1100.00', emulates: ['trigger'] },
      own: { orders: [{ order: ask() }] },
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'the open stop-loss of the same bracket, which the venue watches over',
      order: inGroup('entry'),
      own: { orders: [{ order: ask({ ...stop, ...inGroup('stop-loss') }) }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'the open stop-loss of another bracket',
      order: inGroup('entry'),
      own: { orders: [{ order: ask({ ...stop, ...inGroup('stop-loss', { id: 'G-2' }) }) }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an open order of the same group whose kind is another',
      order: inGroup('entry'),
      own: { orders: [{ order: ask({ ...stop, ...inGroup('stop-loss', { kind: 'oco' }) }) }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the open stop-loss of the same bracket of another account',
      order: inGroup('entry'),
      own: { orders: [{ order: ask({ ...stop, ...inGroup('stop-loss'), account: 'other' }) }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an open exit of the same bracket that the edge has sent out alone',
      order: inGroup('entry'),
      own: {
        orders: [{ order: ask({ ...inGroup('stop-loss'), emulates: ['group'], parent: 'O-8', replaces: 'O-8' }) }],
      },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an entry whose group the edge watches over, and an open exit of it',
      order: { ...inGroup('entry'), emulates: ['group'] },
      own: { orders: [{ order: ask({ ...stop, ...inGroup('stop-loss') }) }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an open stop-limit at the venue, whose limit is exactly the price of the purchase',
      own: { orders: [{ order: ask({ type: 'stop-limit', stopPrice: '1005.00' }) }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an open stop-limit at the venue, whose limit is one cent above the purchase',
      own: { orders: [{ order: ask({ type: 'stop-limit', stopPrice: '1005.00', limitPrice: '1000.01' }) }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'an open iceberg whose part in sight is executed and whose rest is not',
      own: { orders: [{ order: ask({ displayQuantity: '10' }), filled: '40' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an open sale with nothing left',
      own: { orders: [{ order: ask(), filled: '50' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'an open sale with one unit left',
      own: { orders: [{ order: ask(), filled: '49' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the oldest gives way',
      own: { orders: [{ order: ask() }] },
      limits: { policy: 'cancel-oldest' },
      expect: 'refuse',
    },
    { name: 'both give way', own: { orders: [{ order: ask() }] }, limits: { policy: 'cancel-both' }, expect: 'refuse' },
    {
      name: 'the smaller side gives way: the open one',
      own: { orders: [{ order: ask({ quantity: '49' }) }] },
      limits: { policy: 'decrement' },
      expect: 'refuse',
    },
    { name: 'the open orders are not known', own: { orders: null }, limits, expect: 'refuse' },
  ],
});

/** Open orders that are met, together. Units: of the instrument. */
interface Crossing {
  readonly ids: readonly string[];
  readonly quantity: Decimal;
}

function crosses(order: Order, { order: open, filled }: OpenOrder): boolean {
  if (open.venue !== order.venue || open.instrument !== order.instrument) return false;
  if (isTogether(order, open)) return false;
  if (open.id === order.replaces || signOf(subtract(open.quantity, filled)) <= 0) return false;
  if (order.limitPrice === undefined || open.limitPrice === undefined) return true;
  const distance = compare(order.limitPrice, open.limitPrice);
  return order.side === 'buy' ? distance >= 0 : distance <= 0;
}

/** Whether the venue keeps both as one, so that it cancels or sleeps one while the other trades. */
function isTogether(a: Order, b: Order): boolean {
  if (a.group === undefined || a.group.id !== b.group?.id || a.group.kind !== b.group.kind) return false;
  const isOurs = a.emulates?.includes('group') === true || b.emulates?.includes('group') === true;
  return !isOurs && a.account === b.account;
}

function restOf({ order, filled }: OpenOrder): Decimal {
  return subtract(order.quantity, filled);
}

/** Undefined where the new order stays out and nothing else changes. */
function remedyOf(policy: (typeof POLICIES)[number], quantity: Decimal, crossed: Crossing): Remedy | undefined {
  if (policy === 'cancel-newest') return undefined;
  if (policy === 'cancel-oldest') return { cancel: crossed.ids, quantity };
  if (policy === 'cancel-both') return { cancel: crossed.ids };
  const left = subtract(quantity, crossed.quantity);
  if (signOf(left) < 0) return undefined;
  return signOf(left) === 0 ? { cancel: crossed.ids } : { cancel: crossed.ids, quantity: left };
}
