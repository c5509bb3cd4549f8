import type { VenueEvent } from '../../venues/venue.ts';
import type { LinkReport } from './desk-reports.ts';
import type { OrderRecords } from './order-records.ts';

/** Follows the connection to a venue, and says once when it goes and once when it comes back. */
export interface LinkWatch {
  /** Undefined until the venue said anything. */
  readonly report: LinkReport | undefined;
  /** Shape: true where the venue can be heard again after a time in which it could not. */
  see(event: Extract<VenueEvent, { kind: 'link' }>): boolean;
}

/** A watch over one venue. Shape: a connection that stands and is silent is as good as none. */
export function createLinkWatch(records: Pick<OrderRecords, 'incident'>): LinkWatch {
  let report: LinkReport | undefined;
  let isLost = false;
  return {
    get report() {
      return report;
    },
    see: ({ state, at, reason }) => {
      const isSame = report?.state === state;
      report = { state, since: isSame && report !== undefined ? report.since : at, reason, isHeard: state === 'up' };
      if ((state === 'down' || state === 'stale') && !isLost) {
        isLost = true;
        records.incident({
          code: 'VENUE_DOWN',
          message: `The venue cannot be heard, ${state}: ${reason}`,
          hint: 'The edge connects again by itself; what happens at the venue meanwhile is fetched afterwards.',
        });
      }
      if (state !== 'up' || !isLost) return false;
      isLost = false;
      records.incident({
        code: 'VENUE_BACK',
        severity: 'notice',
        message: `The venue can be heard again: ${reason}`,
        hint: 'Every open order is asked for now.',
      });
      return true;
    },
  };
}
