import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { DayEvent } from './day-event.ts';
import type { SimSettings } from './sim-settings.ts';

/** The halts and disconnects of the settings, as they come due. */
export interface SimSchedule {
  readonly isEmpty: boolean;
  /** What is due at a moment or before, in order, each once. */
  due(at: Instant): readonly DayEvent[];
  /** What is due up to the end of a bar: what stops trading counts for the whole bar, what ends a stop comes after it. */
  during(closeAt: Instant): { readonly before: readonly DayEvent[]; readonly after: readonly DayEvent[] };
}

const NOTHING: readonly DayEvent[] = [];
const NEVER = { before: NOTHING, after: NOTHING };

/** A schedule that begins with its earliest window. */
export function createSimSchedule({ halts, disconnects }: Pick<SimSettings, 'halts' | 'disconnects'>): SimSchedule {
  const events: readonly DayEvent[] = [
    ...halts.flatMap(({ from, until }): DayEvent[] => [
      { kind: 'session', at: from, state: 'halted' },
      { kind: 'session', at: until, state: 'open' },
    ]),
    ...disconnects.flatMap(({ from, until }): DayEvent[] => [
      { kind: 'link', at: from, isUp: false },
      { kind: 'link', at: until, isUp: true },
    ]),
  ].toSorted((one, other) => (one.at < other.at ? -1 : Number(one.at > other.at)));
  let next = 0;
  const due = (at: Instant): readonly DayEvent[] => {
    const first = events[next];
    if (first === undefined || first.at > at) return NOTHING;
    const from = next;
    while (next < events.length && (events[next]?.at ?? at) <= at) next += 1;
    return events.slice(from, next);
  };
  return {
    isEmpty: events.length === 0,
    due,
    during: (closeAt) => {
      const all = due(closeAt);
      if (all.length === 0) return NEVER;
      return { before: all.filter(stops), after: all.filter((event) => !stops(event)) };
    },
  };
}

function stops(event: DayEvent): boolean {
  return (event.kind === 'session' && event.state !== 'open') || (event.kind === 'link' && !event.isUp);
}
