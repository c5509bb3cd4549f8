import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { onlyReducing, reduces } from '../only-reducing.ts';
import type { ActiveHalt } from '../own-facts.ts';
import { KILL_FLATTEN } from '../reserved-algorithms.ts';
import { appliesTo } from '../scopes.ts';
import { known, pass, refuse } from '../verdict.ts';

const limits = {};
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const flattening = { ...sale, algorithm: { id: KILL_FLATTEN, version: '1.0.0' } } as const;
const paused = [{ id: 'K-1', scopes: ['algorithm:ema-cross'], level: 'pause' as const }];
const flattened = [{ id: 'K-1', scopes: ['firm'], level: 'flatten' as const }];

/**
 * Refuses every order that a kill holds, and lets one that only reduces the position through a pause.
 *
 * Shape:  a kill holds for orders that lie in all of its scopes, until it is released. A kill of level `pause` keeps out new
 *         risk; one of level `cancel` or `flatten` keeps out every order, except that under `flatten` the reserved algorithm
 *         `kill-flatten` closes positions. An order reduces where it can only bring the position of its account nearer to
 *         zero, open orders counted. The strictest kill decides; closing outweighs a cancel beside it.
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
  scopes: ['firm'],

  check(input) {
    const { order, own } = input;
    const active = known(own.halts(), 'list of halts');
    const halts =
      active.length === 0 ? active : active.filter(({ scopes }) => scopes.every((scope) => appliesTo(scope, order)));
    const figures = { haltEpoch: own.haltEpoch, halts: halts.length };
    if (halts.length === 0) return pass('No kill holds for this order.', figures);

    const which = halts.map(described).join(', ');
    if (halts.every(({ level }) => level === 'pause')) {
      return onlyReducing(input, `New risk is kept out by ${which}`, figures);
    }
    const isFlattening = order.algorithm.id === KILL_FLATTEN && halts.some(({ level }) => level === 'flatten');
    return isFlattening && reduces(input)
      ? pass(`Trading is stopped by ${which}; this order closes a position for it.`, figures)
      : refuse(`Trading is stopped by ${which}.`, figures);
  },

  examples: [
    { name: 'no kill', limits, expect: 'pass' },
    {
      name: 'the firm is stopped',
      own: { halts: [{ id: 'K-1', scopes: ['firm'], level: 'cancel' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the venue is stopped',
      own: { halts: [{ id: 'K-1', scopes: ['venue:paper'], level: 'cancel' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a kill of another algorithm changes nothing',
      own: { halts: [{ id: 'K-1', scopes: ['algorithm:mean-reversion'], level: 'cancel' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'a kill of this algorithm in this instrument',
      own: { halts: [{ id: 'K-1', scopes: ['algorithm:ema-cross', 'instrument:demo-index'], level: 'cancel' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a kill of this algorithm in another instrument',
      own: { halts: [{ id: 'K-1', scopes: ['algorithm:ema-cross', 'instrument:other'], level: 'cancel' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'paused: a sale of exactly the whole long position',
      order: { ...sale, quantity: '50' },
      own: { halts: paused, position: '50' },
      limits,
      expect: 'pass',
    },
    {
      name: 'paused: a sale of one unit more',
      order: { ...sale, quantity: '51' },
      own: { halts: paused, position: '50' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'paused: a purchase of exactly the whole short position, open purchases counted',
      order: { quantity: '30' },
      own: { halts: paused, position: '-50', open: { buy: '20', sell: '0' } },
      limits,
      expect: 'pass',
    },
    {
      name: 'paused: a purchase of one unit more',
      order: { quantity: '31' },
      own: { halts: paused, position: '-50', open: { buy: '20', sell: '0' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'paused: any order from a flat position',
      order: { quantity: '1' },
      own: { halts: paused },
      limits,
      expect: 'refuse',
    },
    {
      name: 'paused: a purchase onto a long position',
      order: { quantity: '1' },
      own: { halts: paused, position: '50' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'paused with open sales below zero, which cannot be right',
      order: sale,
      own: { halts: paused, position: '50', open: { buy: '0', sell: '-1' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop outweighs a pause',
      order: sale,
      own: { halts: [...paused, { id: 'K-2', scopes: ['desk:index'], level: 'cancel' }], position: '50' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'flattening: the kill closes exactly the whole position',
      order: flattening,
      own: { halts: flattened, position: '50' },
      limits,
      expect: 'pass',
    },
    {
      name: 'flattening: the kill may not sell one unit more',
      order: { ...flattening, quantity: '51' },
      own: { halts: flattened, position: '50' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'flattening beside a cancel: positions are still closed',
      order: flattening,
      own: { halts: [...flattened, { id: 'K-2', scopes: ['desk:index'], level: 'cancel' }], position: '50' },
      limits,
      expect: 'pass',
    },
    {
      name: 'flattening: no other algorithm may trade, even to reduce',
      order: sale,
      own: { halts: flattened, position: '50' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a cancel closes no positions',
      order: flattening,
      own: { halts: [{ id: 'K-1', scopes: ['firm'], level: 'cancel' }], position: '50' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'paused with an unknown position',
      order: sale,
      own: { halts: paused, position: null },
      limits,
      expect: 'refuse',
    },
    {
      name: 'paused with unknown open orders',
      order: sale,
      own: { halts: paused, position: '50', open: null },
      limits,
      expect: 'refuse',
    },
    { name: 'the halts are not known', own: { halts: null }, limits, expect: 'refuse' },
  ],
});

function described({ id, level, scopes }: ActiveHalt): string {
  return `kill ${id} (${level}, ${scopes.join(' and ')})`;
}
