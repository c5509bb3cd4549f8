import { cite, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { OrderType, TimeInForce } from '@gatehouse/shared/schema/order.ts';
import { z } from 'zod';
import { defineControl } from '../../define-control.ts';
import { exampleInstrument } from '../../examples/files.ts';
import { fewerIsTighter } from '../../limit-fields.ts';
import { known, pass, refuse } from '../../verdict.ts';

const limits = { types: ['market', 'limit'], timesInForce: ['day', 'gtc', 'ioc', 'fok'] } satisfies {
  types: OrderType[];
  timesInForce: TimeInForce[];
};
const market = { type: 'market', limitPrice: null } as const;

/** The base instrument with something changed. */
function instrument(changes: Partial<typeof exampleInstrument>) {
  return { instruments: { rows: [{ ...exampleInstrument, ...changes }] } };
}

/**
 * Refuses a type of order, or a time in force, that the venue does not take in the instrument or the firm does not permit.
 *
 * Source: 17 CFR 240.15c3-5(c)(2)(i).
 */
export const orderTypeAllowed1 = defineControl({
  id: 'order-type-allowed',
  version: 1,
  title: 'Order type',
  question: 'Do the venue and the firm both permit this type of order and this time in force?',
  sources: [
    cite(SEC_15C3_5, '(c)(2)(i)', 'What must hold before an order is entered is checked before it is entered.'),
  ],
  limits: z.strictObject({
    types: z.array(OrderType).max(10).describe('The types of order that the firm permits.').meta(fewerIsTighter),
    timesInForce: z
      .array(TimeInForce)
      .max(10)
      .describe('The times in force that the firm permits.')
      .meta(fewerIsTighter),
  }),
  files: ['instruments'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  looksAt: 'profile',

  check({ order, files }, { types, timesInForce }) {
    const { type, timeInForce } = order;
    const row = known(files.instruments.of(order.instrument), 'instrument');
    const figures = { type, timeInForce };
    if (!row.orderTypes.includes(type)) return refuse(`The venue takes no ${type} orders in this instrument.`, figures);
    if (!row.timesInForce.includes(timeInForce)) {
      return refuse(`The venue takes no orders with the time in force ${timeInForce} in this instrument.`, figures);
    }
    if (!types.includes(type)) return refuse(`The firm permits no ${type} orders here.`, figures);
    if (!timesInForce.includes(timeInForce)) {
      return refuse(`The firm permits no orders with the time in force ${timeInForce} here.`, figures);
    }
    return pass('The type of the order and its time in force are permitted.', figures);
  },

  examples: [
    { name: 'a limit order for the day', limits, expect: 'pass' },
    { name: 'a market order', order: market, limits, expect: 'pass' },
    {
      name: 'a market order where the venue takes limit orders alone',
      order: market,
      files: instrument({ orderTypes: ['limit'] }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a limit order where the venue takes exactly that',
      files: instrument({ orderTypes: ['limit'], timesInForce: ['day'] }),
      limits,
      expect: 'pass',
    },
    {
      name: 'a limit order where the venue takes market orders alone',
      files: instrument({ orderTypes: ['market'] }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a time in force that the venue does not take',
      order: { timeInForce: 'fok' },
      files: instrument({ timesInForce: ['day', 'ioc'] }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a market order where the firm permits limit orders alone',
      order: market,
      limits: { ...limits, types: ['limit'] },
      expect: 'refuse',
    },
    {
      name: 'a limit order where the firm permits exactly that',
      limits: { types: ['limit'], timesInForce: ['day'] },
      expect: 'pass',
    },
    {
      name: 'a time in force that the firm does not permit',
      order: { timeInForce: 'gtc' },
      limits: { ...limits, timesInForce: ['day', 'ioc', 'fok'] },
      expect: 'refuse',
    },
    { name: 'a firm that permits no type', limits: { ...limits, types: [] }, expect: 'refuse' },
    { name: 'a firm that permits no time in force', limits: { ...limits, timesInForce: [] }, expect: 'refuse' },
    { name: 'an instrument that is not in the file', order: { instrument: 'demo-bond' }, limits, expect: 'refuse' },
    { name: 'no file of instruments', files: { instruments: null }, limits, expect: 'refuse' },
  ],
});
