import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { Account } from './accounts.ts';
import type { Market } from './market.ts';
import type { BinanceTif, BinanceType } from './order-request.ts';

/** The states of an order at Binance spot. */
export type OrderStatus = 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED';

/** An execution of an order, with the commission that it cost. */
export interface OwnTrade {
  readonly id: number;
  readonly order: BinanceOrder;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly quoteQuantity: Decimal;
  readonly commission: Decimal;
  readonly commissionAsset: string;
  readonly atMs: number;
  readonly isMaker: boolean;
}

/** What is set aside for an order; the two orders of a list share one. */
export interface Hold {
  amount: Decimal;
}

/** An order as the exchange keeps it. Shape: `seenAtMs` is wall time. */
export interface BinanceOrder {
  readonly orderId: number;
  readonly account: Account;
  readonly market: Market;
  clientOrderId: string;
  readonly side: 'BUY' | 'SELL';
  readonly type: BinanceType;
  readonly timeInForce: BinanceTif;
  quantity: Decimal;
  readonly quoteOrderQty: Decimal | undefined;
  readonly price: Decimal | undefined;
  readonly stopPrice: Decimal | undefined;
  readonly trailingDelta: number | undefined;
  readonly icebergQty: Decimal | undefined;
  status: OrderStatus;
  executed: Decimal;
  quoteExecuted: Decimal;
  readonly timeMs: number;
  updateMs: number;
  workingMs: number;
  isWorking: boolean;
  readonly hold: Hold;
  list: OrderList | undefined;
  amends: number;
  readonly seenAtMs: number;
  readonly trades: OwnTrade[];
}

/** Two orders of which one takes the other off. */
export interface OrderList {
  readonly id: number;
  readonly clientId: string;
  readonly market: Market;
  readonly account: Account;
  readonly orders: BinanceOrder[];
  readonly timeMs: number;
  isDone: boolean;
}

/** How long done orders can be asked for. Units: `afterMs` of the venue's time. */
export interface Archive {
  readonly afterMs: number;
  /** What is answered then: that it was archived (-2026), or that it never was (-2013). */
  readonly code: -2026 | -2013;
}

/** Done orders and trades beyond this many are forgotten, the oldest first. */
const ORDERS_MAX = 500_000;
const TRADES_MAX = 1_000_000;

/** All orders of the exchange. */
export class OrderStore {
  readonly #byId = new Map<number, BinanceOrder>();
  readonly #open = new Map<number, BinanceOrder>();
  readonly #byClientId = new Map<string, BinanceOrder[]>();
  #trades: OwnTrade[] = [];
  #nextId = 1;

  nextId(): number {
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  add(order: BinanceOrder): void {
    this.#byId.set(order.orderId, order);
    this.#open.set(order.orderId, order);
    this.#name(order);
    if (this.#byId.size > ORDERS_MAX) this.#forgetOldest();
  }

  /** Forgets an order that was never accepted. */
  discard(order: BinanceOrder): void {
    this.#open.delete(order.orderId);
    this.#byId.delete(order.orderId);
    this.#unname(order);
  }

  book(trade: OwnTrade): void {
    trade.order.trades.push(trade);
    this.#trades.push(trade);
    if (this.#trades.length > TRADES_MAX) this.#trades = this.#trades.slice(-Math.floor(TRADES_MAX / 2));
  }

  /** All executions of an account on a symbol, oldest first. */
  tradesOf(account: Account, market: Market): readonly OwnTrade[] {
    return this.#trades.filter(({ order }) => order.account === account && order.market === market);
  }

  /** Takes an order off the open ones. */
  close(order: BinanceOrder): void {
    this.#open.delete(order.orderId);
  }

  /** Gives an order another client order id. */
  rename(order: BinanceOrder, clientOrderId: string): void {
    order.clientOrderId = clientOrderId;
    this.#name(order);
  }

  byId(orderId: number): BinanceOrder | undefined {
    return this.#byId.get(orderId);
  }

  /** The open order of that client order id; ids are unique among open orders of an account and symbol alone. */
  openByClientId(account: Account, market: Market, clientOrderId: string): BinanceOrder | undefined {
    return this.#named(clientOrderId).find(
      (order) => this.#open.has(order.orderId) && order.account === account && order.market === market,
    );
  }

  /** The youngest order that has or had that client order id. */
  latestByClientId(account: Account, market: Market, clientOrderId: string): BinanceOrder | undefined {
    return this.#named(clientOrderId).findLast((order) => order.account === account && order.market === market);
  }

  isOpen(order: BinanceOrder): boolean {
    return this.#open.has(order.orderId);
  }

  open(): readonly BinanceOrder[] {
    return [...this.#open.values()];
  }

  all(): IterableIterator<BinanceOrder> {
    return this.#byId.values();
  }

  #named(clientOrderId: string): readonly BinanceOrder[] {
    return this.#byClientId.get(clientOrderId) ?? [];
  }

  #name(order: BinanceOrder): void {
    const named = this.#byClientId.get(order.clientOrderId) ?? [];
    if (!named.includes(order)) named.push(order);
    this.#byClientId.set(order.clientOrderId, named);
  }

  #forgetOldest(): void {
    for (const [id, order] of this.#byId) {
      if (this.#open.has(id)) continue;
      this.#byId.delete(id);
      this.#unname(order);
      return;
    }
  }

  #unname(order: BinanceOrder): void {
    const named = this.#named(order.clientOrderId).filter((other) => other !== order);
    if (named.length === 0) this.#byClientId.delete(order.clientOrderId);
    else this.#byClientId.set(order.clientOrderId, [...named]);
  }
}
