import type { EngineOptions, SimEvent, SimFill } from '@gatehouse/edge/venues/sim/matching-engine.ts';
import { add, compare, type Decimal, divide, multiply, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { fromMillis, type Instant, instant } from '@gatehouse/shared/values/instant.ts';
import type { VenueClock } from '../kit/venue-clock.ts';
import { type Account, balanceOf, credit } from './accounts.ts';
import { fixed, kept } from './amounts.ts';
import { checkFilters } from './filters.ts';
import { hold, neededFor, release, settle, statusAfter } from './funds.ts';
import type { Kline, KlineSeries } from './klines.ts';
import type { Limits } from './limits.ts';
import { LiveOrders } from './live-orders.ts';
import { Market, type PublicTrade } from './market.ts';
import { isTriggered, type OrderRequest } from './order-request.ts';
import { type BinanceOrder, type Hold, type OrderList, OrderStore, type OwnTrade } from './orders.ts';
import { REFUSALS, Refusal } from './refusal.ts';
import { type Execution, executionReport, listStatus } from './reports.ts';
import { refusalIn, simOrder, stepsIn, wouldTrigger } from './sim-order.ts';
import type { SymbolRules } from './symbols.ts';

/** Who hears of what happens: the user data streams of an account, and everybody. */
export interface Audience {
  user(account: Account, event: object): void;
  trade(market: Market, trade: PublicTrade): void;
  klines(market: Market, closed: readonly (readonly [KlineSeries, readonly Kline[]])[]): void;
  book(market: Market): void;
}

/** What an exchange is made of. */
export interface ExchangeParts {
  readonly symbols: readonly SymbolRules[];
  readonly engine: Partial<EngineOptions>;
  readonly clock: VenueClock;
  readonly limits: Limits;
  readonly audience: Audience;
  /** Whether bars reach the matching engines as bars. */
  readonly isOnBars: boolean;
}

/** What goes with a placed order beside the request. */
export interface Placing {
  readonly list?: OrderList;
  readonly hold?: Hold;
}

/** What the exchange puts an engine's end of an order down to. */
interface Cause {
  readonly cancelId?: string;
  readonly endsAs?: 'CANCELED' | 'EXPIRED';
}

/** The exchange behind the wire: accounts, orders, and one matching engine a symbol. */
export class Exchange {
  readonly markets: ReadonlyMap<string, Market>;
  readonly orders = new OrderStore();
  readonly history = new LiveOrders();
  readonly clock: VenueClock;
  readonly limits: Limits;
  readonly #audience: Audience;
  readonly #isOnBars: boolean;
  #executionId = 0;
  #generated = 0;
  #engineMs = 0;

  constructor({ symbols, engine, clock, limits, audience, isOnBars }: ExchangeParts) {
    this.#isOnBars = isOnBars;
    this.markets = new Map(symbols.map((rules) => [rules.symbol, new Market(rules, engine)]));
    this.clock = clock;
    this.limits = limits;
    this.#audience = audience;
  }

  market(symbol: string): Market {
    const market = this.markets.get(symbol);
    if (market === undefined) throw new Refusal(-1121, 'Invalid symbol.');
    return market;
  }

  /** The moment of the matching engines, which never goes back. */
  engineNow(): Instant {
    this.#engineMs = Math.max(this.#engineMs, Math.trunc(this.clock.unshifted()));
    const now = fromMillis(this.#engineMs);
    // A bar opens at the moment at which the one before it closed, and what was decided on that one comes before it.
    return this.#isOnBars ? instant(now - 1n) : now;
  }

  /** An id as the exchange makes one where a client sends none. */
  generateId(): string {
    this.#generated += 1;
    return `auto${`${this.#generated}`.padStart(18, '0')}`;
  }

  /** Takes a new order in. Errors: refuses what the rules, the balance or the engine do not allow. */
  place(account: Account, request: OrderRequest, placing: Placing = {}): BinanceOrder {
    const market = this.market(request.symbol);
    this.check(account, request);
    const order = this.#make(account, request, placing);
    const entering = simOrder(order, this.engineNow());
    if (placing.hold === undefined && !hold(order, neededFor(order, market))) {
      throw REFUSALS.rejected('Account has insufficient balance for requested action.');
    }
    this.orders.add(order);
    const events = market.engine.enter(entering);
    const refused = refusalIn(events, order);
    if (refused !== undefined) {
      this.orders.discard(order);
      if (placing.hold === undefined) release(order);
      throw REFUSALS.rejected(refused);
    }
    this.apply(market, events);
    return order;
  }

  /** Judges a new order without taking it in. Errors: as `place`, but for the balance and the book. */
  check(account: Account, request: OrderRequest): void {
    const market = this.market(request.symbol);
    if (market.status !== 'TRADING') throw new Refusal(-1013, 'Market is closed.');
    const average = market.average.at(Math.trunc(this.clock.unshifted()));
    checkFilters(request, { market, account, average, open: this.orders.open() });
    const id = request.clientOrderId;
    if (id !== undefined && this.orders.openByClientId(account, market, id) !== undefined) {
      throw REFUSALS.rejected('Duplicate order sent.');
    }
    if (wouldTrigger(request, market.last)) throw REFUSALS.rejected('Stop price would trigger immediately.');
  }

  /** Cancels one open order, and with it the list that it belongs to; returns what was cancelled. */
  cancel(order: BinanceOrder, cancelId: string): readonly BinanceOrder[] {
    const together = (order.list?.orders ?? [order]).filter((each) => this.orders.isOpen(each));
    for (const each of together) this.#end(each, { cancelId, endsAs: 'CANCELED' });
    return together;
  }

  /** Ends an order as the exchange does by itself. */
  expire(order: BinanceOrder): void {
    this.#end(order, { endsAs: 'EXPIRED' });
  }

  /** Makes an order smaller where it stands. Errors: -2038 for what that does not allow. */
  amend(order: BinanceOrder, quantity: Decimal, newId: string): void {
    const refuse = (why: string): Refusal => new Refusal(-2038, `Order amend (${why}) is not supported.`);
    if (order.amends >= order.market.rules.amendsMax) throw refuse('too many amendments');
    if (compare(quantity, order.quantity) >= 0) throw refuse('quantity increase');
    const events = order.market.engine.amend({ id: `${order.orderId}`, at: this.engineNow(), quantity });
    if (events.some(({ kind }) => kind === 'kept'))
      throw new Refusal(-2038, 'The requested action would change no state.');
    const originalId = order.clientOrderId;
    order.quantity = quantity;
    order.amends += 1;
    order.updateMs = this.clock.now();
    this.orders.rename(order, newId);
    this.#trim(order);
    this.#tell(order, { type: 'REPLACED', originalId });
    this.#tellBalances(order);
  }

  /** Books what the engine of a market says, in its order. */
  apply(market: Market, events: readonly SimEvent[], cause: Cause = {}): void {
    let previous: { readonly order: string; readonly fill: SimFill; readonly id: number } | undefined;
    for (const event of events) {
      const order = this.orders.byId(Number(event.order));
      if (order === undefined) continue;
      switch (event.kind) {
        case 'accepted':
          this.#accepted(order);
          break;
        case 'triggered':
          this.#triggered(order);
          break;
        case 'filled': {
          const { fill } = event;
          const isOtherSide = previous?.fill.against === event.order && fill.against === previous.order;
          const id = isOtherSide && previous !== undefined ? previous.id : this.#print(market, order, fill);
          previous = { order: event.order, fill, id };
          this.#filled(order, fill, id);
          break;
        }
        case 'cancelled':
        case 'expired':
        case 'rejected':
          this.#ended(order, cause);
          break;
        case 'kept':
        case 'replaced':
          break;
      }
    }
    if (events.length > 0) this.#audience.book(market);
  }

  /** Puts a trade of others, or one of ours, on the tape. */
  publish(market: Market, printed: Omit<PublicTrade, 'aggregateId'>): void {
    const { trade, closed } = market.print(printed);
    this.#audience.trade(market, trade);
    this.#audience.klines(market, closed);
  }

  /** Tells everybody what has changed in a book since the last time. */
  tellBook(market: Market): void {
    this.#audience.book(market);
  }

  tell(account: Account, event: object): void {
    this.#audience.user(account, event);
  }

  /** Moves money in or out from outside, as a deposit does. */
  transfer(account: Account, asset: string, amount: Decimal): void {
    credit(account, asset, amount);
    const now = this.clock.now();
    account.updatedAtMs = now;
    this.tell(account, { e: 'balanceUpdate', E: now, a: asset, d: fixed(amount), T: now });
    this.#tellAssets(account, [asset]);
  }

  #make(account: Account, request: OrderRequest, placing: Placing): BinanceOrder {
    const market = this.market(request.symbol);
    const now = this.clock.now();
    const isWaiting = isTriggered(request.type);
    return {
      orderId: this.orders.nextId(),
      account,
      market,
      clientOrderId: request.clientOrderId ?? this.generateId(),
      side: request.side,
      type: request.type,
      timeInForce: request.timeInForce,
      quantity: request.quantity ?? this.#quantityFor(request, market),
      quoteOrderQty: request.quoteOrderQty,
      price: request.price,
      stopPrice: request.stopPrice,
      trailingDelta: request.trailingDelta,
      icebergQty: request.icebergQty,
      status: 'NEW',
      executed: ZERO,
      quoteExecuted: ZERO,
      timeMs: now,
      updateMs: now,
      workingMs: isWaiting ? -1 : now,
      isWorking: !isWaiting,
      hold: placing.hold ?? { amount: ZERO },
      list: placing.list,
      amends: 0,
      seenAtMs: Date.now(),
      trades: [],
    };
  }

  /** The quantity that an amount of the quote asset buys or sells at the book, in whole steps. */
  #quantityFor({ quoteOrderQty = ZERO, side }: OrderRequest, market: Market): Decimal {
    const { bids, asks } = market.engine.depth(1_000);
    const { step } = market.rules;
    let left = quoteOrderQty;
    let total: Decimal = ZERO;
    for (const { price, quantity } of side === 'BUY' ? asks : bids) {
      const affordable = stepsIn(divide(left, price, { scale: 8, rounding: 'down' }), step);
      const taken = compare(affordable, quantity) < 0 ? affordable : quantity;
      total = add(total, taken);
      left = subtract(left, multiply(taken, price));
      if (compare(taken, quantity) < 0) break;
    }
    if (total.units > 0n) return total;
    const last = market.last;
    const blind = last === undefined ? ZERO : divide(quoteOrderQty, last, { scale: 8, rounding: 'down' });
    const quantity = stepsIn(blind, step);
    if (quantity.units > 0n) return quantity;
    throw REFUSALS.rejected('Order book liquidity is less than symbol minimum quantity.');
  }

  #end(order: BinanceOrder, cause: Cause): void {
    this.apply(order.market, order.market.engine.cancel(`${order.orderId}`, this.engineNow()), cause);
  }

  #accepted(order: BinanceOrder): void {
    this.history.opened(order);
    this.#tell(order, { type: 'NEW' });
    this.#tellBalances(order);
  }

  #triggered(order: BinanceOrder): void {
    order.isWorking = true;
    order.workingMs = this.clock.now();
    order.updateMs = order.workingMs;
    this.#takeOffOthers(order);
    this.#tell(order, { type: 'NEW' });
  }

  #filled(order: BinanceOrder, fill: SimFill, id: number): void {
    const { account } = order;
    const isMaker = fill.liquidity === 'maker';
    const quoteQuantity = kept(multiply(fill.price, fill.quantity));
    const bnb = this.markets.get(`BNB${order.market.rules.quote}`);
    const { amount, asset } = settle(order, { price: fill.price, quantity: fill.quantity, isMaker, bnb });
    order.executed = add(order.executed, fill.quantity);
    order.quoteExecuted = add(order.quoteExecuted, quoteQuantity);
    order.status = statusAfter(order);
    order.updateMs = this.clock.now();
    account.updatedAtMs = order.updateMs;
    const trade: OwnTrade = {
      id,
      order,
      price: fill.price,
      quantity: fill.quantity,
      quoteQuantity,
      commission: amount,
      commissionAsset: asset,
      atMs: order.updateMs,
      isMaker,
    };
    this.orders.book(trade);
    this.#takeOffOthers(order);
    if (order.status === 'FILLED') this.#close(order);
    else this.#trim(order);
    this.#tell(order, { type: 'TRADE', trade });
    this.#tellBalances(order, asset);
  }

  #ended(order: BinanceOrder, { cancelId, endsAs = 'EXPIRED' }: Cause): void {
    order.status = endsAs;
    order.updateMs = this.clock.now();
    this.#close(order);
    const originalId = order.clientOrderId;
    this.#tell(order, {
      type: endsAs,
      ...(cancelId === undefined ? {} : { requestId: cancelId, originalId }),
    });
    this.#tellBalances(order);
  }

  #close(order: BinanceOrder): void {
    this.orders.close(order);
    this.history.closed(order);
    const { list } = order;
    const isLast = list === undefined || list.orders.every((each) => !this.orders.isOpen(each));
    if (!isLast) return;
    release(order);
    if (list === undefined || list.isDone) return;
    list.isDone = true;
    this.tell(order.account, listStatus(list, this.clock.now()));
  }

  /** Of two orders in a list, the one that begins takes the other off. */
  #takeOffOthers(order: BinanceOrder): void {
    for (const other of order.list?.orders ?? []) {
      if (other !== order && this.orders.isOpen(other)) this.expire(other);
    }
  }

  /** Gives back what a partly executed or smaller order no longer needs. */
  #trim(order: BinanceOrder): void {
    if (order.list !== undefined || order.type === 'MARKET') return;
    const left = subtract(order.quantity, order.executed);
    const needed = order.side === 'SELL' ? left : multiply(order.price ?? order.stopPrice ?? ZERO, left);
    const excess = subtract(order.hold.amount, needed);
    if (excess.units > 0n && (order.price !== undefined || order.side === 'SELL')) release(order, excess);
  }

  #print(market: Market, order: BinanceOrder, { price, quantity, from, liquidity }: SimFill): number {
    const id = market.nextTradeId();
    // What comes from a trade or a bar of the driver is on the tape already.
    if (from === 'trade' || from === 'bar' || from === 'auction') return id;
    const buyerIsMaker = (order.side === 'BUY') === (liquidity === 'maker');
    this.publish(market, { id, price, quantity, atMs: Math.trunc(this.clock.unshifted()), buyerIsMaker });
    return id;
  }

  #tell(order: BinanceOrder, execution: Omit<Execution, 'nowMs' | 'executionId'>): void {
    this.#executionId += 1;
    const nowMs = this.clock.now();
    this.tell(order.account, executionReport(order, { ...execution, nowMs, executionId: this.#executionId }));
  }

  #tellBalances({ account, market }: BinanceOrder, ...more: readonly string[]): void {
    const { base, quote } = market.rules;
    this.#tellAssets(account, [base, quote, ...more.filter((asset) => asset !== base && asset !== quote)]);
  }

  #tellAssets(account: Account, assets: readonly string[]): void {
    const now = this.clock.now();
    account.updatedAtMs = now;
    const balances = assets.map((asset) => {
      const { free, locked } = balanceOf(account, asset);
      return { a: asset, f: fixed(free), l: fixed(locked) };
    });
    this.tell(account, { e: 'outboundAccountPosition', E: now, u: now, B: balances });
  }
}
