import { cite, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { OrderType, TimeInForce } from '@gatehouse/shared/schema/order.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { exampleInstrument } from '../examples/files.ts';
import { fewerIsTighter } from '../limit-fields.ts';
import { Instruction, instructionsOf, instructionWords, sentAs } from '../order-instructions.ts';
import { known, pass, refuse } from '../verdict.ts';

interface Limits {
  readonly types: OrderType[];
  readonly timesInForce: TimeInForce[];
  readonly instructions: Instruction[];
}

const limits: Limits = { types: ['market', 'limit'], timesInForce: ['day', 'gtc', 'ioc', 'fok'], instructions: [] };
const market = { type: 'market', limitPrice: null } as const;
const stop = { type: 'stop', limitPrice: null, stopPrice: '1100.00' } as const;
const waiting = { ...stop, emulates: ['trigger' as const] };
const trailing = { ...market, type: 'trailing-stop', trailing: { by: 'bps', distance: '50' } } as const;
const group = (kind: 'bracket' | 'oco', role: 'entry' | 'take-profit' | 'stop-loss') =>
  ({ group: { id: 'G-1', kind, role } }) as const;

/** The base limits with types or instructions more. */
const more = (...names: readonly (OrderType | Instruction)[]): Limits => ({
  ...limits,
  types: [...limits.types, ...names.flatMap((name) => OrderType.options.filter((type) => type === name))],
  instructions: names.flatMap((name) => Instruction.options.filter((one) => one === name)),
});

/** The base instrument with something changed. */
function instrument(changes: Partial<typeof exampleInstrument>) {
  return { instruments: { rows: [{ ...exampleInstrument, ...changes }] } };
}

const everyType = instrument({ orderTypes: [...OrderType.options] });

/**
 * Refuses a type of order, a time in force or an instruction that the venue does not take in the instrument or the firm does not permit.
 *
 * Shape:  what the sheet does not name is not permitted: each kind of stop by its type, and by `instructions` orders for an auction,
 *         icebergs, orders that are to rest or to reduce only, and groups. What the edge emulates reaches the venue as what it becomes,
 *         so the venue, and the firm as well, must take that; a stop that could never go out protects nothing. The exits of a
 *         bracket belong to an entry that was permitted.
 * Source: 17 CFR 240.15c3-5(c)(2)(i).
 */
export const orderTypeAllowed = defineControl({
  id: 'order-type-allowed',
  version: 2,
  title: 'Order type',
  question:
    'Do the venue and the firm both permit this type of order and its time in force, and the firm all that it asks for beside?',
  sources: [
    cite(SEC_15C3_5, '(c)(2)(i)', 'What must hold before an order is entered is checked before it is entered.'),
  ],
  limits: z.strictObject({
    types: z
      .array(OrderType)
      .max(10)
      .describe('The types of order that the firm permits, each kind of stop by its name.')
      .meta(fewerIsTighter),
    timesInForce: z
      .array(TimeInForce)
      .max(10)
      .describe('The times in force that the firm permits.')
      .meta(fewerIsTighter),
    instructions: z
      .array(Instruction)
      .max(Instruction.options.length)
      .describe(
        'What an order may ask for beside: on-open, on-close, iceberg, post-only, reduce-only, bracket, oco; an empty list permits none.',
      )
      .meta(fewerIsTighter),
  }),
  files: ['instruments'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  looksAt: 'profile',

  check({ order, files }, { types, timesInForce, instructions }) {
    const { type, timeInForce } = order;
    const row = known(files.instruments.of(order.instrument), 'instrument');
    const [sent, asked] = [sentAs(order), instructionsOf(order)];
    const figures = { type, timeInForce, ...(asked.length === 0 ? {} : { asks: asked.join(', ') }) };
    if (!row.orderTypes.includes(sent.type)) {
      return refuse(`The venue takes no ${sent.type} orders in this instrument.`, figures);
    }
    if (!row.timesInForce.includes(sent.timeInForce)) {
      return refuse(
        `The venue takes no orders with the time in force ${sent.timeInForce} in this instrument.`,
        figures,
      );
    }
    if (!types.includes(type)) return refuse(`The firm permits no ${type} orders here.`, figures);
    if (!types.includes(sent.type)) {
      return refuse(`The order would go out as a ${sent.type} order, which the firm does not permit here.`, figures);
    }
    if (!timesInForce.includes(timeInForce)) {
      return refuse(`The firm permits no orders with the time in force ${timeInForce} here.`, figures);
    }
    const other = asked.find((one) => !instructions.includes(one));
    return other === undefined
      ? pass('The type of the order, its time in force and all that it asks for are permitted.', figures)
      : refuse(`The firm permits no orders here that ${instructionWords[other]}.`, figures);
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
      limits: { types: ['limit'], timesInForce: ['day'], instructions: [] },
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
    { name: 'a stop, which the sheet does not name', order: stop, files: everyType, limits, expect: 'refuse' },
    {
      name: 'a stop where exactly that is named beside',
      order: stop,
      files: everyType,
      limits: more('stop'),
      expect: 'pass',
    },
    {
      name: 'a stop-limit where only stops without a limit are named',
      files: everyType,
      order: { type: 'stop-limit', stopPrice: '1000.00' },
      limits: more('stop'),
      expect: 'refuse',
    },
    {
      name: 'a trailing stop where stops are named',
      order: trailing,
      files: everyType,
      limits: more('stop'),
      expect: 'refuse',
    },
    {
      name: 'a trailing stop where exactly that is named',
      order: trailing,
      files: everyType,
      limits: more('trailing-stop'),
      expect: 'pass',
    },
    {
      name: 'a stop that waits at the edge, which the sheet does not name',
      order: waiting,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop that waits at the edge, at a venue that takes exactly what it becomes',
      order: waiting,
      files: instrument({ orderTypes: ['market'] }),
      limits: more('stop'),
      expect: 'pass',
    },
    {
      name: 'a stop that waits at the edge, at a venue that does not take what it becomes',
      order: waiting,
      files: instrument({ orderTypes: ['limit', 'stop'] }),
      limits: more('stop'),
      expect: 'refuse',
    },
    {
      name: 'a stop that waits at the edge where the firm permits no market orders, so that it could never go out',
      order: waiting,
      limits: { ...limits, types: ['limit', 'stop'] },
      expect: 'refuse',
    },
    {
      name: 'a stop at the venue where the firm permits no market orders',
      files: everyType,
      order: stop,
      limits: { ...limits, types: ['limit', 'stop'] },
      expect: 'pass',
    },
    {
      name: 'a trailing stop that waits at the edge where the firm permits limit orders beside it alone',
      order: { ...trailing, emulates: ['trailing'] },
      limits: { ...limits, types: ['limit', 'trailing-stop'] },
      expect: 'refuse',
    },
    {
      name: 'a stop-limit that waits at the edge, where limit orders are all that is permitted beside it',
      order: { type: 'stop-limit', stopPrice: '1000.00', emulates: ['trigger'] },
      limits: { ...limits, types: ['limit', 'stop-limit'] },
      expect: 'pass',
    },
    {
      name: 'an order for the day that the edge ends, at a venue where orders stand until they are cancelled',
      order: { emulates: ['expiry'] },
      files: instrument({ timesInForce: ['gtc'] }),
      limits,
      expect: 'pass',
    },
    {
      name: 'an order for the day that the edge ends, at a venue that takes orders for the day alone',
      order: { emulates: ['expiry'] },
      files: instrument({ timesInForce: ['day'] }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'an order for the opening auction where those for the closing auction are named',
      order: { auction: 'open' },
      limits: more('on-close'),
      expect: 'refuse',
    },
    {
      name: 'an order for the opening auction where exactly those are named',
      order: { auction: 'open' },
      limits: more('on-open'),
      expect: 'pass',
    },
    {
      name: 'an order for the closing auction where those for the opening auction are named',
      order: { auction: 'close' },
      limits: more('on-open'),
      expect: 'refuse',
    },
    {
      name: 'an order for the closing auction where exactly those are named',
      order: { auction: 'close' },
      limits: more('on-close'),
      expect: 'pass',
    },
    { name: 'an iceberg, which the sheet does not name', order: { displayQuantity: '10' }, limits, expect: 'refuse' },
    { name: 'an iceberg where it is named', order: { displayQuantity: '10' }, limits: more('iceberg'), expect: 'pass' },
    { name: 'a post-only order, which the sheet does not name', order: { postOnly: true }, limits, expect: 'refuse' },
    {
      name: 'a post-only order where it is named',
      order: { postOnly: true },
      limits: more('post-only'),
      expect: 'pass',
    },
    {
      name: 'a reduce-only order, which the sheet does not name',
      order: { reduceOnly: true },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a reduce-only order where it is named',
      order: { reduceOnly: true },
      limits: more('reduce-only'),
      expect: 'pass',
    },
    {
      name: 'a post-only order that shows a part of itself, of which only one is named',
      order: { postOnly: true, displayQuantity: '10' },
      limits: more('iceberg'),
      expect: 'refuse',
    },
    {
      name: 'a post-only order that shows a part of itself, both of which are named',
      order: { postOnly: true, displayQuantity: '10' },
      limits: more('iceberg', 'post-only'),
      expect: 'pass',
    },
    {
      name: 'the entry of a bracket, which the sheet does not name',
      order: group('bracket', 'entry'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'the entry of a bracket where only orders that cancel each other are named',
      order: group('bracket', 'entry'),
      limits: more('oco'),
      expect: 'refuse',
    },
    {
      name: 'the entry of a bracket where it is named',
      order: group('bracket', 'entry'),
      limits: more('bracket'),
      expect: 'pass',
    },
    {
      name: 'the exit of a bracket once no further bracket is permitted',
      order: group('bracket', 'stop-loss'),
      limits,
      expect: 'pass',
    },
    {
      name: 'one of two orders that cancel each other, where brackets are named',
      order: group('oco', 'stop-loss'),
      limits: more('bracket'),
      expect: 'refuse',
    },
    {
      name: 'one of two orders that cancel each other, where they are named',
      order: group('oco', 'stop-loss'),
      limits: more('oco'),
      expect: 'pass',
    },
    { name: 'an instrument that is not in the file', order: { instrument: 'demo-bond' }, limits, expect: 'refuse' },
    { name: 'no file of instruments', files: { instruments: null }, limits, expect: 'refuse' },
  ],
});
