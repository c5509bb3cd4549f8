import type { MarketMoment } from '../breakers/breaker-desk.ts';
import type { TradingSession } from '../session/trading-session.ts';
import type { RunningEdge } from './running-edge.ts';
import { placeText, untilReached } from './until-reached.ts';

/**
 * Connects the venue, finds out what became of every open order, compares the books and lets trading begin.
 *
 * Shape:  a venue that is down is tried again for a bounded time, while commands, kills and records work already; false where the edge is
 *         stopped before it came back.
 * Errors: what the venue refuses a connection with; `VENUE_UNREACHABLE`, `VENUE_SILENT` where it did not come back in time.
 */
export async function beginAtVenue(running: RunningEdge): Promise<boolean> {
  const { edge, engine, venue, killSwitch, breakers } = running;
  const connected = await untilReached(
    async () => {
      await venue.open?.();
      return true;
    },
    { ...edge, place: placeOf(edge.session), signal: edge.stop.signal },
  );
  if (connected === undefined) return false;
  await engine.settle();
  await running.reconciliation?.begin();
  for (const kill of killSwitch.start())
    edge.log(`kill ${kill.id} is in force; release it with two people to trade on`);
  breakers.onStart(startMoment(running));
  return true;
}

/** Where a session trades, in words. */
export function placeOf({ loaded, venueAccount }: Pick<TradingSession, 'loaded' | 'venueAccount'>): string {
  const { venue, id } = loaded.instrument;
  return placeText({ venue, traded: id, ...(venueAccount === undefined ? {} : { account: venueAccount }) });
}

/** Where the market stands at a start: where the run was left, or its first bar. */
function startMoment({ book, edge }: RunningEdge): MarketMoment {
  const { bars } = edge.session.loaded;
  const first = bars.bar(0);
  const now = book.progress.run?.progressAt ?? first.openAt;
  return { now, day: book.valuation?.day ?? first.day };
}
