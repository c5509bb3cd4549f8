import type { ExportSlots } from './console-deps.ts';

/** The most exports at once; each holds rows in memory and reads from the database for seconds. */
export const EXPORTS_MAX = 3;

/** Slots that are given back once, however often their release is called. */
export function exportSlots(): ExportSlots {
  let taken = 0;
  return {
    take() {
      if (taken >= EXPORTS_MAX) return undefined;
      taken += 1;
      let isHeld = true;
      return () => {
        if (isHeld) taken -= 1;
        isHeld = false;
      };
    },
  };
}
