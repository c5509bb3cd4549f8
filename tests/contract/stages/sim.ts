import { SP500_INDEX } from '@gatehouse/edge/feeds/sp500.ts';
import type { SimVenue } from '@gatehouse/edge/venues/sim/sim-venue.ts';
import { sim } from '@gatehouse/edge/venues/sim.ts';
import type { VenueEvent } from '@gatehouse/edge/venues/venue.ts';
import { price } from '@gatehouse/shared/values/amounts.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { type StageParts, type StageSetup, stageSession, type VenueStage } from '../venue-stage.ts';

const OPENS_AT = parseInstant('2020-03-02T15:00:00Z');
const MINUTE_MS = 60_000;

/** The simulated venue on minutes of one price each. */
export const simStage: VenueStage = {
  takes: 'later',
  open: async (setup = {}) => stageSession(simParts(setup)),
};

/** What the stage is made of, for a test of the cases themselves. */
export function simParts({ working = [], refuses, after }: StageSetup): StageParts {
  const events: VenueEvent[] = [];
  // What every connector can be asked for is asked of the connector; the incidents of a scripted day are the simulator's own.
  const venue = sim.connect({
    instrument: SP500_INDEX,
    feeBps: decimal('0.5'),
    working,
    listener: (event) => events.push(event),
    settings: { participation: '1', ...(refuses === undefined ? {} : { rejectShare: '1' }) },
  }) as SimVenue;
  let now = after?.now() ?? OPENS_AT;
  let index = 0;
  let lastPrice = '100';
  const show = (text: string, size?: string, endsDay = false): void => {
    const each = price(text);
    const [openAt, closeAt] = [addMs(now, 1), addMs(now, MINUTE_MS)];
    const prices = { open: each, high: each, low: each, close: each };
    lastPrice = text;
    const bar = { instrument: SP500_INDEX.id, index, day: '2020-03-02', openAt, closeAt, endsDay, ...prices };
    venue.onBar(size === undefined ? bar : { ...bar, volume: decimal(size) });
    index += 1;
    now = closeAt;
  };
  show(lastPrice);
  return {
    instrument: SP500_INDEX,
    venue,
    events,
    now: () => now,
    show: (text, size) => show(text, size),
    cut: async () => venue.play({ kind: 'link', at: now, isUp: false }),
    mend: async () => venue.play({ kind: 'link', at: now, isUp: true }),
    quiet: async () => undefined,
    pass: async (ms) => {
      for (const until = addMs(now, ms); now < until; ) show(lastPrice);
    },
    endDay: () => show(lastPrice, undefined, true),
  };
}
