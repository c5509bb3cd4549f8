import { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import {
  Count,
  CurrencyText,
  DecimalText,
  Identifier,
  InstantText,
  OrderId,
  PriceText,
  QuantityText,
} from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { isWaiting, weightOf } from '../edge-waiting.ts';
import type { CurrencyTotals, InstrumentCell, OpenOrder, OwnFacts, Room } from '../own-facts.ts';
import { termsPrint } from '../terms-print.ts';
import { exampleOrder, type OrderOverrides, type Overrides, overridden } from './base.ts';

const Side = z.enum(['buy', 'sell']);

/** An open order of an example. Shape: what differs from the base order, whose own id is O-1. */
interface OpenOrderText {
  readonly order: OrderOverrides & { readonly id: string };
  readonly state?: OpenOrder['state'];
  readonly filled?: string;
}

const sides = { buy: DecimalText, sell: DecimalText };

const OwnText = z.strictObject({
  haltEpoch: Count,
  halts: z
    .array(
      z.strictObject({ id: Identifier, scopes: z.array(ScopeText), level: z.enum(['pause', 'cancel', 'flatten']) }),
    )
    .optional(),
  position: DecimalText.optional(),
  open: z.strictObject({ ...sides, held: z.strictObject(sides).optional() }).optional(),
  openCount: Count.optional(),
  ordersToday: Count.optional(),
  instruments: z.array(Identifier).optional(),
  venues: z.array(Identifier).optional(),
  cell: z
    .strictObject({
      currency: CurrencyText,
      multiplier: DecimalText,
      position: DecimalText,
      openBuy: DecimalText,
      openSell: DecimalText,
      held: z.strictObject(sides).optional(),
      mark: DecimalText.optional(),
      markAt: InstantText.optional(),
    })
    .optional(),
  totals: z
    .array(
      z.strictObject({
        currency: CurrencyText,
        isValued: z.boolean(),
        long: DecimalText,
        short: DecimalText,
        gross: DecimalText,
        net: DecimalText,
        pnl: DecimalText,
        pnlAtDayStart: DecimalText,
        pnlDayPeak: DecimalText,
        pnlPeak: DecimalText,
      }),
    )
    .optional(),
  oldestMarkAt: z.union([z.literal('nothing-held'), InstantText]).optional(),
  cash: z.array(z.strictObject({ currency: CurrencyText, amount: DecimalText })).optional(),
  messages: Count.optional(),
  rejections: Count.optional(),
  orderToTrade: z
    .strictObject({ messages: Count, transactions: Count, orderVolume: DecimalText, tradeVolume: DecimalText })
    .optional(),
  executions: Count.optional(),
  history: z.strictObject({ orders: Count, quantitySum: DecimalText }).optional(),
  recent: z
    .array(
      z.strictObject({
        id: OrderId,
        algorithm: Identifier,
        instrument: Identifier,
        side: Side,
        quantity: QuantityText,
        limitPrice: PriceText.optional(),
        decidedAt: InstantText,
        /** What it said beside; a market or limit order for the day where nothing is given, and not known where null is. */
        further: z.string().nullable().optional(),
      }),
    )
    .optional(),
  locateUsed: DecimalText.optional(),
  tickets: z.array(
    z.strictObject({
      id: Identifier,
      controls: z.array(z.strictObject({ control: Identifier, scope: ScopeText })),
      to: InstantText,
    }),
  ),
});

type OwnText = z.input<typeof OwnText>;

/** What differs from the base: a new answer, or null for one that is not known. */
export type OwnOverrides = Overrides<OwnText> & { readonly orders?: readonly OpenOrderText[] | null };

const base: OwnText = {
  haltEpoch: 3,
  halts: [],
  position: '0',
  open: { buy: '0', sell: '0' },
  openCount: 0,
  ordersToday: 0,
  instruments: [],
  venues: [],
  cell: {
    currency: 'USD',
    multiplier: '1',
    position: '0',
    openBuy: '0',
    openSell: '0',
    mark: '1000.00',
    markAt: '2020-03-06T20:29:59.000000000Z',
  },
  totals: [],
  oldestMarkAt: 'nothing-held',
  cash: [{ currency: 'USD', amount: '1000000.00' }],
  messages: 0,
  rejections: 0,
  orderToTrade: { messages: 0, transactions: 0, orderVolume: '0', tradeVolume: '0' },
  executions: 0,
  history: { orders: 100, quantitySum: '5000' },
  recent: [],
  locateUsed: '0',
  tickets: [],
};

/** Totals of an example in one currency, all zero but for the given changes. */
export function totalsText(
  changes: Partial<NonNullable<OwnText['totals']>[number]> = {},
): NonNullable<OwnText['totals']>[number] {
  const zero = {
    long: '0',
    short: '0',
    gross: '0',
    net: '0',
    pnl: '0',
    pnlAtDayStart: '0',
    pnlDayPeak: '0',
    pnlPeak: '0',
  };
  return { currency: 'USD', isValued: true, ...zero, ...changes };
}

/** The cell of an example, flat at 1000.00 USD but for the given changes. */
export function cellText(changes: Partial<NonNullable<OwnText['cell']>> = {}): NonNullable<OwnText['cell']> {
  return { ...(base.cell as NonNullable<OwnText['cell']>), ...changes };
}

/**
 * The records of an example: flat, nothing open, nothing halted, a million US dollars, with the given changes.
 *
 * Shape: each question has one answer, whatever scope, instrument or period it is asked for.
 */
export function exampleOwn({ orders, ...overrides }: OwnOverrides = {}): OwnFacts {
  const text: OwnText = overridden(base, overrides) as OwnText;
  const { haltEpoch, instruments, venues, tickets, ...answers } = decode(OwnText, text, 'the records of the example');
  const open = orders === null ? undefined : (orders ?? []).map(openOrder);
  const cell: InstrumentCell | undefined =
    answers.cell === undefined ? undefined : { ...answers.cell, mark: answers.cell.mark, markAt: answers.cell.markAt };
  const recent = answers.recent?.map(({ further, ...order }) => {
    const plain = order.limitPrice === undefined ? 'market day' : 'limit day';
    return { ...order, print: termsPrint(order), ...(further === null ? {} : { further: further ?? plain }) };
  });
  const totals: readonly CurrencyTotals[] | undefined = answers.totals;
  return {
    haltEpoch,
    halts: () => answers.halts,
    position: () => answers.position,
    open: () => answers.open,
    openOrder: (id) => open?.find(({ order }) => order.id === id),
    room: ({ replaces }) => roomOf(open?.find(({ order }) => order.id === replaces)),
    groupOf: ({ group }) => open?.filter(({ order }) => group !== undefined && order.group?.id === group.id),
    openIn: () => open,
    resting: (_, side) => open?.filter((one) => !isWaiting(one) && (side === undefined || one.order.side === side)),
    openCount: () => answers.openCount,
    ordersToday: () => answers.ordersToday,
    instruments: () => (instruments === undefined ? undefined : new Set(instruments)),
    venues: () => (venues === undefined ? undefined : new Set(venues)),
    cell: () => cell,
    totals: () => totals,
    oldestMarkAt: () => answers.oldestMarkAt,
    cash: () => answers.cash,
    messages: () => answers.messages,
    rejections: () => answers.rejections,
    orderToTrade: () => answers.orderToTrade,
    executions: () => answers.executions,
    history: () => answers.history,
    recent: () => recent,
    locateUsed: () => answers.locateUsed,
    tickets: () => tickets,
  };
}

function roomOf(replaced: OpenOrder | undefined): readonly Room[] {
  if (replaced === undefined) return [];
  const { open, held } = weightOf([{ open: replaced, replacedBy: undefined }]);
  return [{ order: replaced.order, open, held }];
}

function openOrder({ order, state = 'working', filled = '0' }: OpenOrderText): OpenOrder {
  return {
    order: exampleOrder(order),
    state: OrderState.parse(state),
    filled: decode(DecimalText, filled, 'what is filled'),
  };
}
