import type { SimEvent, SimLevel } from '@gatehouse/edge/venues/sim/matching-engine.ts';
import { add, decimal, subtract } from '@gatehouse/shared/values/decimal.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import type { Exchange } from './exchange.ts';
import type { Market } from './market.ts';

/** A level of a book. Units: price and quantity as decimal texts. */
export type TextLevel = readonly [price: string, quantity: string];

/**
 * What the outside does to a market.
 *
 * Shape: amounts are decimal texts; `atMs` puts the venue's clock there first, and without it the clock goes on as it does. A
 *        `bar` closes the kline of its length; its prices are walked open, low, high, close where the engine runs on ticks.
 */
export type MarketStep =
  | {
      readonly kind: 'trade';
      readonly symbol: string;
      readonly price: string;
      readonly quantity: string;
      readonly side?: 'BUY' | 'SELL';
      readonly atMs?: number;
    }
  | {
      readonly kind: 'quote';
      readonly symbol: string;
      readonly bid: TextLevel;
      readonly ask: TextLevel;
      readonly atMs?: number;
    }
  | {
      readonly kind: 'book';
      readonly symbol: string;
      readonly bids: readonly TextLevel[];
      readonly asks: readonly TextLevel[];
      readonly isSnapshot?: boolean;
      readonly atMs?: number;
    }
  | BarStep
  | { readonly kind: 'status'; readonly symbol: string; readonly status: Market['status']; readonly atMs?: number }
  | { readonly kind: 'time'; readonly atMs: number };

/** A bar. Units: `openMs` is its first millisecond and `closeMs` the first after it. */
export interface BarStep {
  readonly kind: 'bar';
  readonly symbol: string;
  readonly openMs: number;
  readonly closeMs: number;
  readonly day: string;
  readonly endsDay?: boolean;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

/** How bars reach the matching engine: as bars, or walked as quotes and trades. */
export type BarsAs = 'bars' | 'ticks';

/** What the driver does things with. */
export interface Driver {
  readonly exchange: Exchange;
  readonly barsAs: BarsAs;
  /** Tells everybody what closed with time and what changed in a book. */
  readonly closeKlines: () => void;
  readonly tellBook: (market: Market) => void;
  readonly tellKlines: (market: Market, closed: ReturnType<Market['takeIn']>) => void;
}

/** Lets one step happen, with everything that it makes happen. */
export function advance(driver: Driver, step: MarketStep): void {
  const { exchange, closeKlines } = driver;
  if (step.kind === 'bar') {
    takeBar(driver, step);
    return;
  }
  if (step.atMs !== undefined) exchange.clock.drive(step.atMs);
  closeKlines();
  if (step.kind === 'time') return;
  const market = exchange.market(step.symbol);
  const at = exchange.engineNow();
  switch (step.kind) {
    case 'quote':
      act(driver, market, market.engine.onQuote({ at, bid: level(step.bid), ask: level(step.ask) }));
      return;
    case 'book': {
      const bids = step.bids.map((one) => ({ side: 'buy' as const, ...level(one) }));
      const asks = step.asks.map((one) => ({ side: 'sell' as const, ...level(one) }));
      act(
        driver,
        market,
        market.engine.onBookDelta({ at, isSnapshot: step.isSnapshot ?? false, levels: [...bids, ...asks] }),
      );
      return;
    }
    case 'trade':
      trade(driver, market, step);
      return;
    case 'status':
      market.status = step.status;
      act(driver, market, market.engine.onSession({ at, state: step.status === 'TRADING' ? 'open' : 'halted' }));
      return;
  }
}

function act({ exchange, tellBook }: Driver, market: Market, events: readonly SimEvent[]): void {
  exchange.apply(market, events);
  // Applying tells of the book by itself, but only where an order was concerned.
  if (events.length === 0) tellBook(market);
}

function trade(driver: Driver, market: Market, step: Extract<MarketStep, { kind: 'trade' }>): void {
  const { exchange } = driver;
  const { price, quantity } = level([step.price, step.quantity]);
  const atMs = Math.trunc(exchange.clock.unshifted());
  exchange.publish(market, {
    id: market.nextTradeId(),
    price,
    quantity,
    atMs,
    buyerIsMaker: step.side === 'SELL',
  });
  const aggressor =
    step.side === undefined ? {} : { aggressor: step.side === 'BUY' ? ('buy' as const) : ('sell' as const) };
  act(driver, market, market.engine.onTrade({ at: exchange.engineNow(), price, quantity, ...aggressor }));
}

function takeBar(driver: Driver, bar: BarStep): void {
  const { exchange, barsAs, closeKlines, tellKlines, tellBook } = driver;
  const market = exchange.market(bar.symbol);
  exchange.clock.drive(bar.openMs);
  closeKlines();
  if (barsAs === 'ticks') {
    walk(driver, market, bar);
  } else {
    const figures = figuresOf(bar);
    exchange.clock.drive(bar.closeMs - 1);
    const tradeId = market.nextTradeId();
    const closed = market.takeIn({ atMs: bar.openMs, ...figures, tradeId });
    const [openAt, closeAt] = [fromMillis(bar.openMs), fromMillis(bar.closeMs)];
    const { day, endsDay = false } = bar;
    exchange.apply(market, market.engine.onBar({ openAt, closeAt, day, endsDay, ...figures }));
    tellKlines(market, closed);
  }
  exchange.clock.drive(bar.closeMs);
  closeKlines();
  tellBook(market);
}

function figuresOf({ open, high, low, close, volume }: BarStep) {
  return {
    open: decimal(open),
    high: decimal(high),
    low: decimal(low),
    close: decimal(close),
    volume: decimal(volume),
  };
}

/** A bar as quotes around its prices and trades at them. */
function walk(driver: Driver, market: Market, bar: BarStep): void {
  const { symbol, openMs, closeMs } = bar;
  const prices = [bar.open, bar.low, bar.high, bar.close];
  const quantity = quarter(bar.volume, market);
  for (const [index, price] of prices.entries()) {
    const atMs = openMs + Math.floor(((closeMs - 1 - openMs) * index) / (prices.length - 1));
    const middle = decimal(price);
    const bid = { price: subtract(middle, market.rules.tick), quantity };
    const ask = { price: add(middle, market.rules.tick), quantity };
    driver.exchange.clock.drive(atMs);
    act(driver, market, market.engine.onQuote({ at: driver.exchange.engineNow(), bid, ask }));
    trade(driver, market, { kind: 'trade', symbol, price, quantity: textOf(quantity), atMs });
  }
}

function quarter(volume: string, market: Market): SimLevel['quantity'] {
  const { units, scale } = decimal(volume);
  return units < 4n ? market.rules.step : { units: units / 4n, scale };
}

function textOf({ units, scale }: SimLevel['quantity']): string {
  const digits = `${units}`.padStart(scale + 1, '0');
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function level([price, quantity]: TextLevel): SimLevel {
  return { price: decimal(price), quantity: decimal(quantity) };
}
