import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { SimAuction, SimBands, SimBookDelta, SimQuote, SimSession, SimTrade } from './sim-types.ts';

/** What goes wrong at a venue, or is over again. */
export type Incident = { readonly at: Instant } & (
  | /** Our line to the venue: while it is cut, no request arrives and no report comes back; the venue goes on. */
  {
      readonly kind: 'link';
      readonly isUp: boolean;
    } /** The whole venue: while it is out nothing is taken, shown or executed. Shape: `isEmptied` where it comes back without orders. */
  | {
      readonly kind: 'outage';
      readonly isOut: boolean;
      readonly isEmptied?: boolean;
    } /** Market data alone: while it is lost nothing is shown, so nothing of ours executes. */
  | {
      readonly kind: 'feed';
      readonly isLost: boolean;
    } /** How many new orders and changes a second are taken; absent, as many as come. Cancels are always taken. */
  | { readonly kind: 'throttle'; readonly requestsPerS?: number }
);

/** One thing that a day brings: market data, the state of trading, or an incident. */
export type DayEvent =
  | Incident
  | ({ readonly kind: 'quote' } & SimQuote)
  | ({ readonly kind: 'trade' } & SimTrade)
  | ({ readonly kind: 'book' } & SimBookDelta)
  | ({ readonly kind: 'auction'; readonly auction: SimAuction['kind'] } & Omit<SimAuction, 'kind'>)
  | ({ readonly kind: 'session' } & SimSession)
  | ({ readonly kind: 'bands' } & SimBands);
