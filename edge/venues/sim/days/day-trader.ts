import { KitError } from '@gatehouse/shared/errors.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { addMs, type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { DayEvent } from '../day-event.ts';
import { OPTIONS } from '../engine-fixture.ts';
import { createSimExchange, type LinkChange, type SimExchange } from '../sim-exchange.ts';
import type { EngineOptions, SimEvent, SimOrder } from '../sim-types.ts';
import type { ScriptedDay } from './scripted-day.ts';

// A trader who does the same things on every day, so that tests can say what the simulator made of them.

export const DAY_FROM = parseInstant('2026-03-02T14:30:00Z');
export const FIRST_PRICE = decimal('100.00');

/** A request of the trader and what became of it at once. */
export interface Asked {
  readonly what: 'enter' | 'cancel';
  readonly id: string;
  readonly at: Instant;
  readonly isUnreachable: boolean;
  readonly answers: readonly SimEvent[];
}

/** One event of the day and all that it made happen. */
export interface Turn {
  readonly event: DayEvent;
  readonly happened: readonly SimEvent[];
}

/** A day as the trader saw it. */
export interface TradedDay {
  readonly exchange: SimExchange;
  readonly orders: ReadonlyMap<string, SimOrder>;
  readonly turns: readonly Turn[];
  readonly asked: readonly Asked[];
  readonly heard: readonly SimEvent[];
  readonly links: readonly LinkChange[];
}

/** What the trader enters after an event; none for most. Shape: `cancels` names orders that he wants back. */
export type Plan = (
  index: number,
  event: DayEvent,
) => { readonly enters?: readonly SimOrder[]; readonly cancels?: readonly string[] } | undefined;

/** Plays a day on which the plan is followed. */
export function tradeDay(day: ScriptedDay, plan: Plan, options: Partial<EngineOptions> = {}): TradedDay {
  const { instrument } = OPTIONS;
  const heard: SimEvent[] = [];
  const links: LinkChange[] = [];
  let facts: SimEvent[] = [];
  const listener = {
    onEvent: (event: SimEvent) => heard.push(event),
    onFact: (event: SimEvent) => facts.push(event),
    onLink: (change: LinkChange) => links.push(change),
  };
  const exchange = createSimExchange({ ...OPTIONS, ...options }, listener);
  const orders = new Map<string, SimOrder>();
  const asked: Asked[] = [];
  const ask = (what: Asked['what'], id: string, request: { readonly at: Instant; readonly send: () => void }): void => {
    facts = [];
    const isUnreachable = fails(request.send);
    asked.push({ what, id, at: request.at, isUnreachable, answers: facts });
  };
  const turns: Turn[] = [];
  day.events({ instrument, price: FIRST_PRICE, from: DAY_FROM, seed: 11 }).forEach((event, index) => {
    facts = [];
    exchange.apply(event);
    turns.push({ event, happened: facts });
    const at = addMs(event.at, 1);
    const { enters = [], cancels = [] } = plan(index, event) ?? {};
    for (const order of enters) {
      orders.set(order.id, { ...order, enteredAt: at });
      ask('enter', order.id, { at, send: () => exchange.enter({ ...order, enteredAt: at }) });
    }
    for (const id of cancels) ask('cancel', id, { at, send: () => exchange.cancel(id, at) });
  });
  return { exchange, orders, turns, asked, heard, links };
}

function fails(send: () => void): boolean {
  try {
    send();
    return false;
  } catch (cause) {
    if (cause instanceof KitError && cause.code === 'VENUE_UNREACHABLE') return true;
    throw cause;
  }
}
