import type { BinanceOrder } from './orders.ts';

/** One life of an order at the exchange. Shape: `from` and `to` count the exchange's acts; one that stands has no `to`. */
export interface OrderLife {
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly account: string;
  readonly symbol: string;
  readonly from: number;
  readonly to: number | undefined;
}

/** What was ever live at the exchange, for tests that ask whether an intent was ever two orders. */
export interface LiveOrderHistory {
  /** The orders that are live now and whose client order id begins so. */
  liveOrdersOf(prefix: string): readonly OrderLife[];
  /** All orders that ever were, oldest first, whose client order id begins so. */
  ordersOf(prefix: string): readonly OrderLife[];
  /** The most orders that were live at one moment with client order ids that begin so. */
  mostLiveOf(prefix: string): number;
  /** Client order ids that were accepted more than once, at whatever distance. */
  acceptedTwice(prefix: string): readonly string[];
}

interface Kept {
  readonly life: Omit<OrderLife, 'to'>;
  to: number | undefined;
}

/** More lives than this are not kept: a test that makes them has to ask in between. */
const LIVES_MAX = 2_000_000;

/** The history with the two acts that write it. */
export class LiveOrders implements LiveOrderHistory {
  readonly #kept: Kept[] = [];
  readonly #open = new Map<number, Kept>();
  #acts = 0;

  opened(order: BinanceOrder): void {
    if (this.#kept.length >= LIVES_MAX) throw new RangeError(`${LIVES_MAX} orders were made already`);
    this.#acts += 1;
    const { orderId, clientOrderId, account, market } = order;
    const life = { orderId, clientOrderId, account: account.id, symbol: market.rules.symbol, from: this.#acts };
    const kept: Kept = { life, to: undefined };
    this.#kept.push(kept);
    this.#open.set(orderId, kept);
  }

  closed(order: BinanceOrder): void {
    this.#acts += 1;
    const kept = this.#open.get(order.orderId);
    if (kept !== undefined) kept.to = this.#acts;
    this.#open.delete(order.orderId);
  }

  liveOrdersOf(prefix: string): readonly OrderLife[] {
    return this.ordersOf(prefix).filter(({ to }) => to === undefined);
  }

  ordersOf(prefix: string): readonly OrderLife[] {
    return this.#kept
      .filter(({ life }) => life.clientOrderId.startsWith(prefix))
      .map(({ life, to }) => ({ ...life, to }));
  }

  mostLiveOf(prefix: string): number {
    const steps = this.ordersOf(prefix).flatMap(({ from, to }) => [
      { at: from, by: 1 },
      ...(to === undefined ? [] : [{ at: to, by: -1 }]),
    ]);
    let live = 0;
    let most = 0;
    for (const { by } of steps.sort((one, other) => one.at - other.at)) {
      live += by;
      most = Math.max(most, live);
    }
    return most;
  }

  acceptedTwice(prefix: string): readonly string[] {
    const seen = new Set<string>();
    const twice = new Set<string>();
    for (const { clientOrderId } of this.ordersOf(prefix)) {
      if (seen.has(clientOrderId)) twice.add(clientOrderId);
      seen.add(clientOrderId);
    }
    return [...twice];
  }
}
