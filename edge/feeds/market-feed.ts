import type { Price, Quantity } from '@gatehouse/shared/values/amounts.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { LinkState } from '../venues/venue.ts';

/** A price at which somebody would deal, and how much of it. */
export interface MarketLevel {
  readonly price: Price;
  readonly quantity: Quantity;
}

/**
 * The best prices of one instrument.
 *
 * Shape: a side that nobody quotes is absent. `at` is the last moment at which they are known to have held, by this computer's clock: that
 *        of the newest change, or of the newest answer that said that nothing has changed since. It is never later than when it was heard.
 */
export interface MarketQuote {
  readonly instrument: string;
  readonly bid?: MarketLevel;
  readonly ask?: MarketLevel;
  readonly at: Instant;
  readonly source: string;
}

/** A trade that everybody sees. Shape: `at` is its time by this computer's clock; `aggressor` is the side that took what stood. */
export interface MarketTrade {
  readonly instrument: string;
  readonly id: string;
  readonly at: Instant;
  readonly price: Price;
  readonly quantity: Quantity;
  readonly aggressor: 'buy' | 'sell';
}

/** The book of one instrument, best prices first. Shape: `id` is the venue's own number of its state. */
export interface MarketBook {
  readonly id: string;
  readonly at: Instant;
  readonly bids: readonly MarketLevel[];
  readonly asks: readonly MarketLevel[];
}

/**
 * What a market says as it happens.
 *
 * Shape: a `quote` comes where the best prices or their sizes change, a `trade` once and in the venue's order, also where it was fetched after an
 *        outage. A `gap` says what nobody will hear of any more; what was only late is no gap.
 */
export type MarketEvent =
  | { readonly kind: 'quote'; readonly quote: MarketQuote }
  | { readonly kind: 'trade'; readonly trade: MarketTrade }
  | { readonly kind: 'gap'; readonly of: 'book' | 'trades'; readonly at: Instant; readonly says: string }
  | { readonly kind: 'link'; readonly state: LinkState; readonly at: Instant; readonly reason: string };

/**
 * Quotes, book and trades of one instrument as they come.
 *
 * Shape: it connects by itself, and again whenever the market cannot be heard, until it is closed; nothing here throws or rejects. While the
 *        book is not known to be right there is no quote and no book.
 */
export interface MarketFeed {
  /** To be called once. */
  start(listener: (event: MarketEvent) => void): void;
  /** The best prices now, or nothing while nobody knows them. */
  quote(): MarketQuote | undefined;
  /** The best levels of the book now. */
  book(levels: number): MarketBook | undefined;
  close(): void;
}
