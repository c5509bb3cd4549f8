import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ClockReading } from '@gatehouse/shared/values/clock.ts';
import { ageMs } from '@gatehouse/shared/values/instant.ts';
import type { Venue } from '../venues/venue.ts';

/** Puts on record what a venue's clock says against this computer's. */
export interface VenueClockWatch {
  /** What is new since it was asked last; nothing where the venue has measured nothing that matters. */
  look(): readonly EntryBody[];
}

/** So often a distance that stays the same is put on record. Units: milliseconds. */
const EVERY_MS = 3_600_000;

/**
 * A watch over one venue.
 *
 * Shape: a measurement is recorded where it is the first, where the last record is an hour old, or where it lies farther from the last one
 *        than both are uncertain.
 */
export function createVenueClockWatch({ clock }: { readonly clock?: Venue['clock'] | undefined }): VenueClockWatch {
  let recorded: ClockReading | undefined;
  return {
    look: () => {
      const reading = clock?.();
      if (reading === undefined || !isNews(reading, recorded)) return [];
      recorded = reading;
      const { source, offsetNs, uncertaintyNs } = reading;
      const note = 'The venue’s clock against this computer’s, measured through its answers.';
      return [
        {
          kind: 'clock',
          body: { v: 1, clock: { source, offsetNs: `${offsetNs}`, uncertaintyNs: `${uncertaintyNs}` }, note },
        },
      ];
    },
  };
}

function isNews(reading: ClockReading, recorded: ClockReading | undefined): boolean {
  if (recorded === undefined || ageMs(recorded.at, reading.at) >= EVERY_MS) return true;
  const moved = reading.offsetNs - recorded.offsetNs;
  return (moved < 0n ? -moved : moved) > reading.uncertaintyNs + recorded.uncertaintyNs;
}
