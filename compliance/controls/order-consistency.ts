import { isTerminal } from '@gatehouse/shared/accounts/order-life.ts';
import { cite, RTS_6, SEC_17A_3 } from '@gatehouse/shared/law/acts.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { add, compare, type Decimal, maximum, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { isWaiting, isWaitingExit } from '../edge-waiting.ts';
import { groupedOrderExamples } from '../examples/grouped-orders.ts';
import { onlyReducing } from '../only-reducing.ts';
import { isWhatBecomesOf } from '../order-instructions.ts';
import type { OpenOrder, OwnFacts } from '../own-facts.ts';
import { known, notApplicable, pass, refuse, type Verdict } from '../verdict.ts';

const limits = {};
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const change = { replaces: 'O-0' } as const;
const child = { parent: 'O-0' } as const;
const resting = { order: { id: 'O-0' } } as const;
const large = { order: { id: 'O-0', quantity: '100' } } as const;

/** What a change keeps as it was, in words and by name. */
const kept: readonly (readonly [words: string, of: (order: Order) => string])[] = [
  ['account', (order) => order.account],
  ['client', (order) => order.client],
  ['instrument', (order) => order.instrument],
  ['venue', (order) => order.venue],
  ['side', (order) => order.side],
  ['algorithm', (order) => order.algorithm.id],
  ['trader', (order) => order.trader],
  ['desk', (order) => order.desk],
];

/** What a part of an order has from the whole. */
const shared = kept.filter(([words]) => words === 'account' || words === 'instrument' || words === 'side');

/**
 * Refuses an order with the id of an open one, and a change of an order, or a part of one, that does not fit the order it names.
 *
 * Shape:  an order that replaces another needs that one open at this edge, not being replaced already, and the same in account,
 *         client, instrument, venue, side, algorithm, trader and desk. An order that is part of another needs that one open,
 *         the same in account, instrument and side, and no more than what the other open parts leave of it; those count with all of
 *         their quantity, executed or not, and a part that is over counts no more. An
 *         order that names one as both takes the place of one that waited at the edge: it fits both ways, is no larger, and is what that
 *         one becomes once its price is seen, at its limit. An order
 *         that only reduces is one that can only bring its account's position nearer to zero. The exit of a bracket is on the other
 *         side of its entry, in the same account and instrument, and no larger. An order that is
 *         good till a date ends after the moment of its decision.
 * Units:  quantities in units of the instrument.
 * Source: RTS 6 Art. 12; 17 CFR 240.17a-3(a)(6).
 */
export const orderConsistency = defineControl({
  id: 'order-consistency',
  version: 1,
  title: 'Change or part of another order',
  question:
    'Is this order a new one, and if it changes or is part of another one, does it fit the order that it names?',
  sources: [
    cite(RTS_6, 'Art. 12', 'It stays known which algorithm, trader, desk and client stands behind each order.'),
    cite(SEC_17A_3, '(a)(6)', 'The record of an order shows what was changed in it.'),
  ],
  limits: z.strictObject({}),
  scopes: ['firm'],

  check({ order, own, facts }) {
    const { id, replaces, parent } = order;
    if (own.openOrder(id) !== undefined) return refuse('An open order has the id of this one.', { id });
    if (order.expiresAt !== undefined && order.expiresAt <= facts.now) {
      return refuse('The order would end before it could stand.', { expiresAt: instantText(order.expiresAt) });
    }
    const ofGroup = judgeTerms(order, own);
    if (ofGroup?.kind === 'refuse') return ofGroup;
    const ofChange = replaces === undefined ? undefined : judgeChange(order, replaces, own);
    if (ofChange?.kind === 'refuse') return ofChange;
    if (parent !== undefined) return judgePart(order, parent, own);
    return ofChange ?? ofGroup ?? notApplicable('The order neither changes another nor is part of one.');
  },

  examples: [
    { name: 'an order of its own', limits, expect: 'not-applicable' },
    {
      name: 'a change of an open order',
      order: { ...change, quantity: '60' },
      own: { orders: [resting] },
      limits,
      expect: 'pass',
    },
    { name: 'a change of an order that is not open', order: change, limits, expect: 'refuse' },
    {
      name: 'a change, and the open orders are not known',
      order: change,
      own: { orders: null },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a change of itself',
      order: { replaces: 'O-1' },
      own: { orders: [{ order: { id: 'O-1' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a change of an order that another open order replaces already',
      order: change,
      own: { orders: [resting, { order: { id: 'O-00', replaces: 'O-0' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a change while another open order replaces a third one',
      order: change,
      own: { orders: [resting, { order: { id: 'O-00', replaces: 'O-9' } }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'a change from another account',
      order: change,
      own: { orders: [{ order: { id: 'O-0', account: 'second' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a change for another client',
      order: change,
      own: { orders: [{ order: { id: 'O-0', client: 'other' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a change into another instrument',
      order: change,
      own: { orders: [{ order: { id: 'O-0', instrument: 'demo-bond' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a change of the venue',
      order: change,
      own: { orders: [{ order: { id: 'O-0', venue: 'elsewhere' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a change of the side',
      order: { ...change, ...sale },
      own: { orders: [resting] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a change by another algorithm',
      order: change,
      own: { orders: [{ order: { id: 'O-0', algorithm: { id: 'mean-reversion', version: '1.0.0' } } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a change by another version of the algorithm',
      order: change,
      own: { orders: [{ order: { id: 'O-0', algorithm: { id: 'ema-cross', version: '0.9.0' } } }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'a change by another trader',
      order: change,
      own: { orders: [{ order: { id: 'O-0', trader: 'p-02' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a change from another desk',
      order: change,
      own: { orders: [{ order: { id: 'O-0', desk: 'bonds' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a part of exactly what is left of the whole',
      order: { ...child, quantity: '70' },
      own: { orders: [{ ...large, filled: '30' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'a part of one unit more than is left of the whole',
      order: { ...child, quantity: '71' },
      own: { orders: [{ ...large, filled: '30' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an order with the id of an open one',
      own: { orders: [{ order: { id: 'O-1', quantity: '1' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'other open parts count with all of their quantity, executed or not: exactly the whole',
      order: { ...child, quantity: '40' },
      own: { orders: [large, { order: { id: 'O-00', parent: 'O-0', quantity: '60' }, filled: '10' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'other open parts count with all of their quantity, executed or not: one unit more than the whole',
      order: { ...child, quantity: '41' },
      own: { orders: [large, { order: { id: 'O-00', parent: 'O-0', quantity: '60' }, filled: '10' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a part that was filled beyond its quantity counts with what was filled',
      order: { ...child, quantity: '31' },
      own: { orders: [large, { order: { id: 'O-00', parent: 'O-0', quantity: '60' }, filled: '70' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a part that takes the place of one that was filled in part: exactly what that leaves',
      order: { ...child, replaces: 'O-00', quantity: '90' },
      own: { orders: [large, { order: { id: 'O-00', parent: 'O-0', quantity: '60' }, filled: '10' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'a part that takes the place of one that was filled in part: one unit more',
      order: { ...child, replaces: 'O-00', quantity: '91' },
      own: { orders: [large, { order: { id: 'O-00', parent: 'O-0', quantity: '60' }, filled: '10' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a part that takes the place of another: exactly the whole',
      order: { ...child, replaces: 'O-00', quantity: '100' },
      own: { orders: [large, { order: { id: 'O-00', parent: 'O-0', quantity: '60' } }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'a part that takes the place of another: one unit more than the whole',
      order: { ...child, replaces: 'O-00', quantity: '101' },
      own: { orders: [large, { order: { id: 'O-00', parent: 'O-0', quantity: '60' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a part that fits the whole and takes the place of an order at another venue',
      order: { ...child, replaces: 'O-00' },
      own: { orders: [large, { order: { id: 'O-00', parent: 'O-0', venue: 'elsewhere' } }] },
      limits,
      expect: 'refuse',
    },
    { name: 'a part of a whole that is not open', order: child, limits, expect: 'refuse' },
    {
      name: 'a part, and the open orders are not known',
      order: child,
      own: { orders: null },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a part of itself',
      order: { parent: 'O-1' },
      own: { orders: [{ order: { id: 'O-1' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a part of the order that it takes the place of',
      order: { parent: 'O-0', replaces: 'O-0' },
      own: { orders: [resting] },
      limits,
      expect: 'refuse',
    },
    ...groupedOrderExamples,
    {
      name: 'a part on the other side of the whole',
      order: { ...child, ...sale },
      own: { orders: [large] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a part at another venue, for another client, by another trader',
      order: child,
      own: { orders: [{ order: { ...large.order, venue: 'elsewhere', client: 'other', trader: 'p-02' } }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'a part in another instrument',
      order: child,
      own: { orders: [{ order: { ...large.order, instrument: 'demo-bond' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a part in another account',
      order: child,
      own: { orders: [{ order: { ...large.order, account: 'second' } }] },
      limits,
      expect: 'refuse',
    },
  ],
});

/** What the order says of itself that depends on others: that it only reduces, and that it is an exit. */
function judgeTerms(order: Order, own: OwnFacts): Verdict | undefined {
  const exit = order.group?.kind === 'bracket' && order.group.role !== 'entry' ? judgeExit(order, own) : undefined;
  if (exit?.kind === 'refuse' || order.reduceOnly === undefined || isWaitingExit(order)) return exit;
  return onlyReducing({ order, own }, 'The order says that it only reduces', {});
}

function judgeExit(order: Order, own: OwnFacts): Verdict {
  const { group } = order;
  const members = known(own.groupOf(order), 'orders of the group');
  const entries = members.filter((one) => one.order.group?.role === 'entry' && one.order.group.kind === group?.kind);
  const figures = { group: group?.id ?? '' };
  if (entries.length === 0)
    return refuse('The entry of the bracket, which the order is an exit of, is not known.', figures);
  const other = entries.find((one) => one.order.side === order.side);
  if (other !== undefined) return refuse(`The exit is on the same side as its entry ${other.order.id}.`, figures);
  const stray = entries.find((one) => kept.slice(0, 4).some(([, of]) => of(one.order) !== of(order)));
  if (stray !== undefined) {
    return refuse(
      `The exit differs from its entry ${stray.order.id} in its account, client, instrument or venue.`,
      figures,
    );
  }
  // Of an entry that is over only what it executed is left, and of one that was changed the order in its place.
  let entered: Decimal = ZERO;
  for (const { order: entry, state, filled } of entries) {
    const isChanged = entries.some((one) => one.order.replaces === entry.id && !isTerminal(one.state));
    entered = add(entered, isTerminal(state) || isChanged ? filled : maximum<Decimal>(entry.quantity, filled));
  }
  const all = { ...figures, entered };
  return compare(order.quantity, entered) <= 0
    ? pass('The exit is no larger than its entry, and on the other side.', all)
    : refuse('The exit is larger than its entry.', all);
}

function judgeChange(order: Order, replaces: string, own: OwnFacts): Verdict {
  const figures = { replaces };
  const replaced = known(own.openOrder(replaces), 'order that this one replaces, as an open one,').order;
  const changed = kept.find(([, of]) => of(order) !== of(replaced));
  if (changed !== undefined) {
    return refuse(`The order differs from ${replaces}, which it replaces, in its ${changed[0]}.`, figures);
  }
  const resting = known(own.openIn(order.instrument), 'list of open orders');
  const other = resting.find((one) => one.order.replaces === replaces && one.order.id !== order.id);
  return other === undefined
    ? pass('The order fits the one that it replaces.', figures)
    : refuse(`The order ${other.order.id} replaces ${replaces} already.`, figures);
}

function judgePart(order: Order, parent: string, own: OwnFacts): Verdict {
  const figures = { parent };
  const whole = known(own.openOrder(parent), 'order that this one is part of, as an open one,');
  if (parent === order.replaces && !isWaiting(whole))
    return refuse('The order would be part of the one that it takes the place of.', figures);
  const differs = shared.find(([, of]) => of(order) !== of(whole.order));
  if (differs !== undefined) {
    return refuse(`The order differs from ${parent}, which it is part of, in its ${differs[0]}.`, figures);
  }
  if (parent === order.replaces && !isWhatBecomesOf(whole.order, order)) {
    return refuse(`The order is not what ${parent} becomes once its price is seen.`, figures);
  }
  const taken = takenByParts(order, parent, known(own.openIn(order.instrument), 'list of open orders'));
  const left = subtract(restOf(whole), taken);
  return compare(order.quantity, left) <= 0
    ? pass('The order is no more than what is left of the one that it is part of.', { ...figures, left })
    : refuse('The order is more than what is left of the one that it is part of.', { ...figures, left });
}

/**
 * What the other open parts of an order took of it or can take.
 *
 * Shape: what a part executed does not show in the order that it is part of, so its whole quantity counts, and more where it was filled
 *        beyond it. Of the one that this order takes the place of only what was executed is left.
 */
function takenByParts(order: Order, parent: string, resting: readonly OpenOrder[]): Decimal {
  let taken = ZERO;
  for (const one of resting) {
    if (one.order.parent !== parent) continue;
    const isGoing = one.order.id === order.replaces;
    taken = add(taken, isGoing ? one.filled : maximum<Decimal>(one.order.quantity, one.filled));
  }
  return taken;
}

function restOf({ order, filled }: OpenOrder): Decimal {
  return subtract(order.quantity, filled);
}
