import type { MarketEvent, MarketFeed } from '@gatehouse/edge/feeds/market-feed.ts';
import type { WorkingOrder } from '@gatehouse/edge/venues/define-connector.ts';
import type { Venue, VenueEvent, VenueFill } from '@gatehouse/edge/venues/venue.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { quantity } from '@gatehouse/shared/values/amounts.ts';
import { add, type Decimal, toText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { expect, vi } from 'vitest';
import { approve, orderFor } from './approved-orders.ts';

/** Longer than anything here takes on a busy machine. */
const PATIENCE = { timeout: 12_000, interval: 15 };

/** How a session differs from the plain one. */
export interface StageSetup {
  /** The session whose venue this one connects to; a new venue where there is none. */
  readonly after?: StageSession;
  /** What stood there when the edge ended. */
  readonly working?: readonly WorkingOrder[];
  /** The venue refuses the next order. */
  readonly refuses?: true;
  /** The connector gives up on an order that has to wait, instead of holding it. */
  readonly isHasty?: true;
  /** How many orders the venue takes in its shortest span. */
  readonly ordersMax?: number;
  /** How far the venue's clock is from ours. Units: milliseconds. */
  readonly clockOffMs?: number;
}

/** What goes wrong with what the venue reports. */
export type ReportTrouble = 'twice' | 'acceptance-last' | 'lost' | 'execution-late';

/** What can be done to a venue that is reached over a wire. */
export interface StageWire {
  loseAnswer(to: 'order' | 'cancel'): void;
  loseOrder(): void;
  /** The next order is answered with the word to wait. */
  throttle(seconds: number): void;
  spoilReports(trouble: ReportTrouble): void;
  /** The connection stays and carries nothing any more. */
  mute(): void;
  jumpClock(ms: number): void;
  /** Makes an order past this connection. */
  orderByHand(): void;
  cancelByHand(order: string): void;
  endByVenue(order: string): void;
  /** How often anything of what was armed above has struck, so that a case is not about nothing. */
  struck(): number;
  /** How often an order was asked for. */
  asked(order: string): number;
  /** How many orders it became. */
  made(order: string): number;
  /** How often the venue had to say that it was asked too much. */
  throttled(): number;
}

/** What a stage brings to each session. */
export interface StageParts {
  readonly instrument: Instrument;
  readonly venue: Venue;
  readonly events: readonly VenueEvent[];
  /** The time by which orders are decided. */
  now(): Instant;
  /** The market trades at a price. Shape: with a size, no more than that is offered there, and a trigger may not see it. */
  show(price: string, size?: string): void;
  /** The line is cut, and it is noticed. */
  cut(): Promise<void>;
  /** The line is whole again, and that is noticed. */
  mend(): Promise<void>;
  /** Waits until nothing more is told. */
  quiet(): Promise<void>;
  pass(ms: number): Promise<void>;
  /** Ends the trading day, where there are days. */
  readonly endDay?: () => void;
  readonly wire?: StageWire;
}

/** A venue that is connected to, for one case. */
export interface StageSession extends StageParts {
  /** A purchase of two, at the market or a limit, till cancelled. */
  order(id: string, changes?: Partial<Order>): Order;
  submit(order: Order): Promise<void>;
  /** What was told, without the link, as short lines. */
  told(): readonly string[];
  links(): readonly string[];
  fills(order: string): readonly VenueFill[];
  /** Waits until exactly these lines were told. */
  hears(...lines: readonly string[]): Promise<void>;
}

/** What goes wrong with what a market tells. */
export type MarketTrouble =
  | 'change-lost'
  | 'change-crossed'
  | 'trade-lost'
  | 'trade-twice'
  | 'line-broken'
  | 'line-silent';

/** A market feed that is up, for one case. Shape: prices are short texts without zeros at their end. */
export interface MarketSession {
  readonly feed: MarketFeed;
  readonly events: readonly MarketEvent[];
  now(): Instant;
  quote(bid: string, ask: string): void;
  trade(price: string): void;
  spoil(trouble: MarketTrouble): void;
  /** The venue's own best levels, as the feed's are told by `shown`. */
  truth(): Promise<readonly string[]>;
}

/** Where the cases are played for one connector. Shape: `takes` says whether an order may meet what stands when it comes. */
export interface VenueStage {
  readonly takes: 'standing' | 'later';
  /** Opens a connection to a market that has traded at 100. */
  open(setup?: StageSetup): Promise<StageSession>;
  /** Listens to a market of which 100 is bid and 101 asked, where the venue tells of its market. */
  openMarket?(): Promise<MarketSession>;
}

/** Waits until a claim holds. */
export async function soon(claim: () => void): Promise<void> {
  await vi.waitFor(claim, PATIENCE);
}

/** A session of parts. */
export function stageSession(parts: StageParts): StageSession {
  const { instrument, venue } = parts;
  const told = () => parts.events.flatMap((event) => (event.kind === 'link' ? [] : [lineOf(event)]));
  return {
    ...parts,
    get events() {
      return parts.events;
    },
    order: (id, changes = {}) => {
      const plain = { id, timeInForce: 'gtc', quantity: quantity('2'), decidedAt: parts.now() } as const;
      return orderFor(instrument, { ...plain, ...changes });
    },
    submit: async (order) => venue.submit(approve(order)),
    told,
    links: () => parts.events.flatMap((event) => (event.kind === 'link' ? [event.state] : [])),
    fills: (order) =>
      parts.events.flatMap((event) => (event.kind === 'filled' && event.order === order ? [event.fill] : [])),
    hears: (...lines) => soon(() => expect(told()).toEqual(lines)),
  };
}

/** What was executed in all. */
export function total(fills: readonly { readonly quantity: Decimal }[]): number {
  return Number(toText(fills.reduce((sum, fill) => add(sum, fill.quantity), ZERO)));
}

/** Tells that a stage has nothing on which a case could be played. */
export class NothingToPlayOn extends Error {}

/** The wire of a session. Errors: where there is none, so that the case is not one for this connector. */
export function wireOf({ wire }: StageSession): StageWire {
  if (wire === undefined) throw new NothingToPlayOn('The stage has no wire.');
  return wire;
}

/** A market of the stage. Errors: as `wireOf`. */
export async function marketOf({ openMarket }: VenueStage): Promise<MarketSession> {
  if (openMarket === undefined) throw new NothingToPlayOn('The stage has no market to listen to.');
  return await openMarket();
}

/** Sends an order and gives back the code of its failure, or that there was none. */
export async function codeOf(session: StageSession, order: Order): Promise<string> {
  return session.submit(order).then(
    () => 'sent',
    (error: { readonly code?: string }) => error.code ?? 'a failure without a code',
  );
}

/** Sends an order that has to be refused, and gives back why; by an answer or by a report, as the venue does it. */
export async function refusalOf(session: StageSession, order: Order): Promise<string> {
  const failure = await session.submit(order).then(
    () => undefined,
    (error: { readonly code?: string; readonly message: string }) => error,
  );
  if (failure !== undefined) {
    expect(failure.code).toBe('VENUE_REFUSED');
    return failure.message;
  }
  session.show('100');
  await soon(() => expect(session.told()).toContain(`${order.id} rejected`));
  const [reason = ''] = session.events.flatMap((event) =>
    event.kind === 'rejected' && event.order === order.id ? [event.reason] : [],
  );
  return reason;
}

function lineOf(event: Exclude<VenueEvent, { kind: 'link' }>): string {
  if (event.kind === 'foreign') return 'foreign';
  if (event.kind !== 'filled') return `${event.order} ${event.kind}`;
  return `${event.order} filled ${total([event.fill])}${event.isLast ? ' last' : ''}`;
}
