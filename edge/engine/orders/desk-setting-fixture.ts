import { toText } from '@gatehouse/shared/values/decimal.ts';
import { DECIDED_AT, type DeskRequest, type DeskRun, startDesk } from './desk-fixture.ts';
import { FaultVenue } from './fault-venue-fixture.ts';
import { type ManualTime, manualTime } from './manual-time-fixture.ts';
import type { PriceSeen } from './triggers.ts';

/** A desk with the venue that it stands before and the time that it goes by. */
export interface Setting {
  readonly venue: FaultVenue;
  readonly time: ManualTime;
  readonly run: DeskRun;
}

/** A desk before a venue that does as it is told. */
export function setting(changes: Partial<DeskRequest> = {}): Setting {
  const venue = new FaultVenue(DECIDED_AT);
  const time = manualTime();
  return { venue, time, run: startDesk({ venue, time, ...changes }) };
}

/** What the venue was sent, by type, side and quantity. */
export function sent({ venue }: Setting): readonly string[] {
  return [...venue.orders.values()].map(({ order }) => `${order.side} ${order.type} ${toText(order.quantity)}`);
}

/** Shows prices to the desk, one after another. */
export async function see({ run, time }: Setting, ...prices: readonly PriceSeen[]): Promise<void> {
  for (const one of prices) {
    run.desk.see(one);
    run.flush();
    await time.settle();
  }
}
