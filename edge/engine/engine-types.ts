import type { ApprovedOrder, Decision } from '@gatehouse/compliance/gate.ts';
import type { RuleSet } from '@gatehouse/compliance/rule-set.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Quantity } from '@gatehouse/shared/values/amounts.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { FactsKeeper } from '../facts/facts-keeper.ts';
import type { MarketEvent, MarketFeed } from '../feeds/market-feed.ts';
import type { Journal } from '../journal/journal-types.ts';
import type { SessionTime } from '../session/trading-session.ts';
import type { Strategy, StrategyBar } from '../strategies/define-strategy.ts';
import type { Venue, VenueEvent, VenueOrder } from '../venues/venue.ts';
import type { Book } from './book.ts';
import type { EngineWatch } from './engine-watch.ts';
import type { TradingIdentity } from './order-builder.ts';
import type { OrderDesk, OrderDeskDeps, OrderLifeDeps } from './order-desk.ts';
import type { Recorder } from './recorder.ts';

/**
 * The trading loop: each closed bar goes to the venue, then to the strategies, and what they propose through the gate.
 *
 * Shape: one bar at a time; a promise is given only where an order waits for the disk. Market time comes from the bars.
 */
export interface Engine {
  /** Errors: what the journal fails with; the engine then trades no more. */
  onBar(bar: StrategyBar): Promise<void> | undefined;
  /** Shows a bar of the past to the strategies alone. */
  warmUp(bar: StrategyBar): void;
  /** Asks the venue for every order that is not over, and records what it says. */
  settle(): Promise<void>;
  /** Closes a position at the market, through the gate; false where the gate refuses or no price is known. Errors: the journal's. */
  close(request: ClosingRequest): Promise<boolean>;
  /** Brings one order, where it is not over, to what the venue answered about it. */
  settleOne(order: string, answer: VenueOrder): void;
  /** Orders of which nobody knows what became of them, orders that wait here, and how well the venue is heard. */
  readonly orders: Pick<OrderDesk, 'unresolved' | 'held' | 'link' | 'cancel' | 'silence'>;
  /** Ends what waits for answers. */
  stop(): void;
  /** Takes what the venue says at any time. */
  hear(event: VenueEvent): void;
  /** Takes what the market says between bars, for the orders that wait at the edge. */
  onMarket(event: MarketEvent): void;
  /** Ends what is over by the clock; to be called now and then where prices come as they are made. */
  onTime(): void;
  /** Puts on record what happened beside the bars; it may be called from within any other call. */
  report(entry: EntryBody): void;
  /** Stops trading for good after a failure of the journal: in memory, and at the venue. */
  fail(cause: unknown): void;
  /** Resolves once the venue has answered what a failure asked of it; at once where nothing failed. It never rejects. */
  readonly withdrawn: Promise<void>;
  readonly recorder: Recorder;
}

/** What an engine works with. */
export interface EngineDeps {
  readonly run: string;
  readonly book: Book;
  readonly journal: Pick<Journal, 'append' | 'head' | 'durable' | 'durableSeq'>;
  readonly venue: Venue;
  /** The rules in force now; undefined while there are none, and then nothing is proposed. */
  readonly rules: () => RuleSet | undefined;
  readonly identity: TradingIdentity;
  readonly instrument: Instrument;
  readonly strategies: readonly Strategy[];
  /** The name of the source of reference prices. */
  readonly source: string;
  readonly clock: Clock;
  /** Whether this session can ask for an order; every order where it is absent. */
  readonly canReach?: OrderDeskDeps['canReach'];
  /** What was handed over, noted before the wire. */
  readonly marks?: OrderDeskDeps['marks'];
  /** How long-lived orders are treated; absent where the venue answers at once and does everything by itself. */
  readonly life?: Pick<OrderLifeDeps, 'capabilities' | 'monotonicMs' | 'sleep' | 'limits' | 'onForeign'>;
  /** Whether orders are decided at the times of the bars or at this computer's; those of the bars where it is absent. */
  readonly time?: SessionTime;
  readonly facts: Pick<FactsKeeper, 'files'>;
  readonly contact: () => DecisionFacts['contact'];
  /** What one can deal at now, where the session hears it. */
  readonly market?: Pick<MarketFeed, 'quote'> | undefined;
  /** Whether an approval may go out, asked immediately before the wire; a halt counts here before it is on record. */
  readonly maySend: (approval: ApprovedOrder) => boolean;
  /** Told of each refusal, for whoever watches. */
  readonly onRefused?: (decision: Decision, bar: Bar) => void;
  /** Looks at each bar's end; what is held is then valued at it. */
  readonly watch?: EngineWatch;
}

/** A position, or a part of it, that is to be closed by the reserved algorithm of a kill. Units: of the instrument. */
export interface ClosingRequest {
  readonly id: string;
  readonly account: string;
  readonly instrument: string;
  readonly side: Order['side'];
  readonly quantity: Quantity;
}
