import { describeError } from '@gatehouse/shared/errors.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import { type LeaseDeps, settleLeases } from './lease-desk.ts';

/** How often leases are looked at although nothing came; a sheet may have come into force. Units: milliseconds. */
const LOOK_MS = 2_000;

/** Settles leases after each commit and on a timer, one step after the other; gives back how to stop. */
export function runLeases(
  deps: LeaseDeps & { readonly ingest: Pick<Ingest, 'onCommitted'>; readonly log: (line: string) => void },
): () => Promise<void> {
  let working: Promise<void> | undefined;
  let isAsked = false;
  let isStopped = false;
  let trouble: string | undefined;

  async function work(): Promise<void> {
    while (isAsked && !isStopped) {
      isAsked = false;
      try {
        await settleLeases(deps);
        trouble = undefined;
      } catch (error) {
        // What fails is tried again with the next look; nothing was granted.
        const says = describeError(error);
        if (says !== trouble && !isStopped) deps.log(`leases could not be settled: ${says}`);
        trouble = says;
      }
    }
  }

  function wake(): void {
    isAsked = true;
    working ??= work().finally(() => {
      working = undefined;
    });
  }

  const forget = deps.ingest.onCommitted(({ leaves }) => {
    if (leaves !== null) wake();
  });
  const timer = setInterval(wake, LOOK_MS);
  wake();
  return async () => {
    isStopped = true;
    clearInterval(timer);
    forget();
    await working;
  };
}
