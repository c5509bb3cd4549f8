import { KitError } from '@gatehouse/shared/errors.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { LinkState } from '../venue.ts';
import type { DayEvent, Incident } from './day-event.ts';
import { createMatchingEngine, type MatchingEngine } from './matching-engine.ts';
import type { EngineOptions, SimBar, SimEvent, SimOrder, SimSession } from './sim-types.ts';

const SECOND_NS = 1_000_000_000n;
const NOTHING: readonly SimEvent[] = [];

/** How the line to the exchange changed. */
export interface LinkChange {
  readonly state: LinkState;
  readonly at: Instant;
  readonly reason: string;
}

/** Who is told. Shape: `onEvent` hears what the line lets through, `onFact` everything that happens, heard or not. */
export interface ExchangeListener {
  readonly onEvent: (event: SimEvent) => void;
  readonly onFact?: (event: SimEvent) => void;
  readonly onLink?: (change: LinkChange) => void;
}

/**
 * A matching engine with everything that can go wrong around it.
 *
 * Errors: requests throw `VENUE_UNREACHABLE` while the exchange is out or the line is cut; they certainly did not arrive.
 */
export interface SimExchange {
  readonly engine: Pick<MatchingEngine, 'order' | 'openOrders' | 'depth'>;
  enter(order: SimOrder): void;
  /** Takes up an order that stood before, and tells nobody. Shape: answers with why it cannot stand, where it cannot. */
  carry(order: SimOrder): string | undefined;
  replace(id: string, by: SimOrder): void;
  cancel(id: string, at: Instant): void;
  cancelAll(at: Instant): void;
  onBar(bar: SimBar): void;
  apply(event: DayEvent): void;
  /** Whether a request would arrive. */
  canHear(): boolean;
}

/** An exchange whose line is up. */
export function createSimExchange(options: EngineOptions, listener: ExchangeListener): SimExchange {
  return new Exchange(options, listener);
}

class Exchange implements SimExchange {
  readonly engine: MatchingEngine;
  readonly #listener: ExchangeListener;
  #isCut = false;
  #isOut = false;
  #isBlind = false;
  #session: SimSession['state'] = 'open';
  #requestsPerS: number | undefined;
  #window = { second: 0n, requests: 0 };

  constructor(options: EngineOptions, listener: ExchangeListener) {
    this.engine = createMatchingEngine(options);
    this.#listener = listener;
  }

  canHear(): boolean {
    return !this.#isCut && !this.#isOut;
  }

  enter(order: SimOrder): void {
    this.#requireLink();
    const { id, enteredAt } = order;
    const reason = this.#refusalAt(enteredAt);
    this.#tell(
      reason === undefined ? this.engine.enter(order) : [{ kind: 'rejected', order: id, at: enteredAt, reason }],
    );
  }

  carry(order: SimOrder): string | undefined {
    for (const event of this.engine.enter(order)) if (event.kind === 'rejected') return event.reason;
    return undefined;
  }

  replace(id: string, by: SimOrder): void {
    this.#requireLink();
    const at = by.enteredAt;
    const reason = this.#refusalAt(at);
    if (reason === undefined) this.#tell(this.engine.replace(id, by));
    else {
      this.#tell([
        { kind: 'kept', order: id, at, reason },
        { kind: 'rejected', order: by.id, at, reason },
      ]);
    }
  }

  cancel(id: string, at: Instant): void {
    this.#requireLink();
    this.#tell(this.engine.cancel(id, at));
  }

  cancelAll(at: Instant): void {
    this.#requireLink();
    this.#tell(this.engine.cancelAll(at));
  }

  onBar(bar: SimBar): void {
    if (!this.#isOut && !this.#isBlind) this.#tell(this.engine.onBar(bar));
  }

  apply(event: DayEvent): void {
    switch (event.kind) {
      case 'link':
      case 'outage':
      case 'feed':
      case 'throttle':
        this.#suffer(event);
        break;
      case 'session':
        this.#session = event.state;
        this.#tell(this.engine.onSession({ at: event.at, state: this.#isOut ? 'halted' : event.state }));
        break;
      default:
        if (!this.#isOut && !this.#isBlind) this.#tell(show(this.engine, event));
    }
  }

  #suffer(incident: Incident): void {
    const { at } = incident;
    if (incident.kind === 'throttle') this.#requestsPerS = incident.requestsPerS;
    else if (incident.kind === 'feed') {
      this.#isBlind = incident.isLost;
      const reason = incident.isLost ? 'Market data stopped.' : 'Market data is back.';
      this.#link({ state: incident.isLost ? 'stale' : 'up', at, reason });
    } else if (incident.kind === 'link') {
      this.#isCut = !incident.isUp;
      this.#link({ state: this.#state(), at, reason: incident.isUp ? 'The line is back.' : 'The line was cut.' });
    } else this.#goOut(incident);
  }

  #goOut({ at, isOut, isEmptied }: Extract<Incident, { kind: 'outage' }>): void {
    this.#isOut = isOut;
    this.#tell(this.engine.onSession({ at, state: isOut ? 'halted' : this.#session }));
    this.#link({ state: this.#state(), at, reason: isOut ? 'The exchange went out.' : 'The exchange is back.' });
    if (!isOut && isEmptied === true) this.#tell(this.engine.cancelAll(at).map(lostInOutage));
  }

  #state(): LinkState {
    if (!this.canHear()) return 'down';
    return this.#isBlind ? 'stale' : 'up';
  }

  #link(change: LinkChange): void {
    this.#listener.onLink?.(change);
  }

  #refusalAt(at: Instant): string | undefined {
    if (this.#requestsPerS === undefined) return undefined;
    const second = at / SECOND_NS;
    if (this.#window.second !== second) this.#window = { second, requests: 0 };
    this.#window.requests += 1;
    return this.#window.requests > this.#requestsPerS
      ? `More than ${this.#requestsPerS} requests in one second.`
      : undefined;
  }

  #tell(events: readonly SimEvent[]): void {
    for (const event of events) {
      this.#listener.onFact?.(event);
      if (this.canHear()) this.#listener.onEvent(event);
    }
  }

  #requireLink(): void {
    if (this.canHear()) return;
    const what = this.#isOut ? 'the simulated venue is out' : 'the line to the simulated venue is cut';
    throw new KitError('VENUE_UNREACHABLE', what, {
      hint: 'Nothing of the request arrived; ask again once the link is up.',
    });
  }
}

function lostInOutage(event: SimEvent): SimEvent {
  return event.kind === 'cancelled'
    ? { ...event, reason: 'The exchange came back from its outage without it.' }
    : event;
}

function show(engine: MatchingEngine, event: Exclude<DayEvent, Incident | { kind: 'session' }>): readonly SimEvent[] {
  switch (event.kind) {
    case 'quote':
      return engine.onQuote(event);
    case 'trade':
      return engine.onTrade(event);
    case 'book':
      return engine.onBookDelta(event);
    case 'auction':
      return engine.onAuction({ ...event, kind: event.auction });
    case 'bands':
      return engine.onBands(event);
    default:
      return NOTHING;
  }
}
