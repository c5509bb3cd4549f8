import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO_IDENTITY } from '@gatehouse/edge/engine/demo-account.ts';
import { isTerminal } from '@gatehouse/shared/accounts/order-life.ts';
import type { EntryBody, OrderState } from '@gatehouse/shared/schema/bodies.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { add, compare, decimal, subtract, toText, trim } from '@gatehouse/shared/values/decimal.ts';
import { expect } from 'vitest';
import type { BinanceEmulator } from '../emulators/binance/emulator.ts';
import { bookOf, entriesIn, SECRET, SYMBOL } from '../fixtures/paper-session.ts';
import { type CrashSession, OPENING } from './crash-session.ts';

/** What two sides are compared over: the exchange, what is on disk, and what the account had when it began. */
interface TwoSides {
  readonly emulator: BinanceEmulator;
  readonly entries: readonly EntryBody[];
  readonly opening: { readonly BTC: string; readonly USDT: string };
}

/** Orders of a run of ours have ids that begin so. */
const OURS = 'R';
const INSTRUMENT = 'BTC-USDT';
const PAGE = 1_000;
/** Nothing of an order is in the air any more. */
const SETTLED_MS_MAX = 30_000;
const POLL_MS = 50;
const STANDING: ReadonlySet<OrderState> = new Set(['working', 'part-filled']);

/** The session ends, and both sides say the same. */
export async function expectSound(session: CrashSession): Promise<void> {
  const { emulator, data } = session;
  await settled(session);
  await session.stop();
  const sides = { emulator, entries: entriesIn(data), opening: OPENING };
  expectNoSecondOrder(emulator);
  expectNoneForgotten(sides);
  await expectSameBooks(sides);
}

/** Waits until the edge has as many orders open as stand, which is when it knows what became of each. */
export async function settled(session: CrashSession): Promise<void> {
  const { history } = session.emulator;
  const endsAt = performance.now() + SETTLED_MS_MAX;
  for (;;) {
    const { openOrders, unresolved = [], doubts = [] } = await session.status();
    const isKnown = openOrders === history.liveOrdersOf('R').length && unresolved.length === 0;
    if (isKnown && doubts.length === 0) return;
    const why = JSON.stringify({ openOrders, unresolved, doubts, live: history.liveOrdersOf('R') });
    if (performance.now() > endsAt) throw new Error(`it stays open what became of orders: ${why}\n${session.said()}`);
    await sleep(POLL_MS);
  }
}

/** One intent is one order: no id was ever accepted twice, and none was live twice at one moment. */
export function expectNoSecondOrder({ history }: BinanceEmulator): void {
  expect(history.acceptedTwice(OURS)).toEqual([]);
  const ids = new Set(history.ordersOf(OURS).map(({ clientOrderId }) => clientOrderId));
  expect([...ids].filter((id) => history.mostLiveOf(id) > 1)).toEqual([]);
}

/** Every order of the exchange is on disk in a state that is known, and every order on disk is where it says. */
function expectNoneForgotten({ emulator, entries }: TwoSides): void {
  const states = lastStates(entries);
  const { history } = emulator;
  const accepted = new Set(history.ordersOf(OURS).map(({ clientOrderId }) => clientOrderId));
  expect([...accepted].filter((id) => !states.has(id))).toEqual([]);
  const live = history.liveOrdersOf(OURS).map(({ clientOrderId }) => clientOrderId);
  const standing = [...states].filter(([, state]) => STANDING.has(state)).map(([id]) => id);
  expect(standing.toSorted()).toEqual(live.toSorted());
  const open = [...states].filter(([, state]) => !isTerminal(state) && !STANDING.has(state));
  expect(open).toEqual([]);
  const neverThere = new Set(['unsent', 'refused', 'rejected']);
  const misplaced = [...states].filter(([id, state]) => accepted.has(id) === neverThere.has(state));
  expect(misplaced).toEqual([]);
}

/** Every execution is booked once with its own figures, and position and cash are what the account has. */
async function expectSameBooks({ emulator, entries, opening }: TwoSides): Promise<void> {
  const fills = entries.flatMap((entry) => (entry.kind === 'fill' ? [entry.body] : []));
  const booked = fills.map(({ fill, order, quantity, price }) =>
    [fill, order, plain(quantity), plain(price)].join(' '),
  );
  const executed = await executionsAt(emulator);
  expect(executed.length).toBeGreaterThan(0);
  expect(booked.toSorted()).toEqual([...executed].toSorted());
  const book = bookOf(entries);
  const { account } = DEMO_IDENTITY;
  expect(plain(book.position(account, INSTRUMENT).quantity)).toBe(plain(totalOf(emulator, 'BTC')));
  const gained = subtract(totalOf(emulator, 'USDT'), decimal(opening.USDT));
  const paid = fills.reduce((sum, { side, quantity, price }) => {
    const value = { units: quantity.units * price.units, scale: quantity.scale + price.scale };
    return side === 'sell' ? add(sum, value) : subtract(sum, value);
  }, decimal('0'));
  expect(plain(paid)).toBe(plain(gained));
  const usdt = book.cash(account, currency('USDT'));
  expect(compare(usdt, totalOf(emulator, 'USDT')), `${toText(usdt)} is on the books`).toBe(0);
}

/** The state in which each order of ours is by what is on disk. */
export function lastStates(entries: readonly EntryBody[]): ReadonlyMap<string, OrderState> {
  const states = new Map<string, OrderState>();
  for (const entry of entries) {
    if (entry.kind === 'intent') states.set(entry.body.order.id, 'intended');
    else if (entry.kind === 'decision') states.set(entry.body.order, entry.body.outcome);
    else if (entry.kind === 'order') states.set(entry.body.order, entry.body.state);
  }
  return states;
}

/** All executions of the account, asked for over the wire: their id as ours, order, quantity and price. */
async function executionsAt(emulator: BinanceEmulator): Promise<readonly string[]> {
  const names = new Map(emulator.history.ordersOf('').map(({ orderId, clientOrderId }) => [orderId, clientOrderId]));
  const found: string[] = [];
  for (let fromId = 0; ; ) {
    const page = await asked(emulator, { fromId });
    for (const { id, orderId, isBuyer, qty, price } of page) {
      const fill = `${SYMBOL}-${id}-${isBuyer ? 'buy' : 'sell'}`;
      found.push([fill, names.get(orderId), plain(decimal(qty)), plain(decimal(price))].join(' '));
      fromId = id + 1;
    }
    if (page.length < PAGE) return found;
  }
}

interface Trade {
  readonly id: number;
  readonly orderId: number;
  readonly isBuyer: boolean;
  readonly qty: string;
  readonly price: string;
}

async function asked({ port }: BinanceEmulator, { fromId }: { readonly fromId: number }): Promise<readonly Trade[]> {
  const query = `symbol=${SYMBOL}&limit=${PAGE}&fromId=${fromId}&timestamp=${Date.now()}`;
  const signature = createHmac('sha256', SECRET.secret).update(query).digest('hex');
  const answer = await fetch(`http://127.0.0.1:${port}/api/v3/myTrades?${query}&signature=${signature}`, {
    headers: { 'x-mbx-apikey': SECRET.key },
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as readonly Trade[];
}

function totalOf(emulator: BinanceEmulator, asset: string): ReturnType<typeof decimal> {
  const { free, locked } = emulator.balance('main', asset);
  return add(decimal(free), decimal(locked));
}

function plain(value: Parameters<typeof trim>[0]): string {
  return toText(trim(value));
}
