import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '@gatehouse/shared/errors.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import { hearCommands, undelivered } from '../../store/control-rows.ts';
import type { Database } from '../../store/database.ts';

/** What the delivery of commands works with. Shape: `publish` is the way over the broker. */
export interface DeliveryDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly publish: (edge: string, note: string) => void;
  readonly log: (line: string) => void;
  readonly pollMs?: number;
}

/** Commands on their way over the broker. */
export interface Delivery {
  stop(): Promise<void>;
}

/** How often commands are looked for that no process was told of, and sent again. Units: milliseconds. */
export const DELIVERY_POLL_MS = 2_000;
/** So long a command without an answer is sent with each look; an older one with every `SELDOM`th. Units: milliseconds. */
export const DELIVERY_MS_MAX = 600_000;
const SELDOM = 15;
/** Before this nothing was given. */
const EVER = '';
/** Letting go of the database's word must not keep a hub from ending. Units: milliseconds. */
const UNLISTEN_MS_MAX = 1_000;
/** So many commands are sent at once. */
const SWEEP_COMMANDS_MAX = 2_000;

/**
 * Sends commands that have no answer yet over the broker, whichever hub process they were given to.
 *
 * Shape: told by the database at once, and looking by itself behind that; a command may come several times, which the edge knows.
 */
export async function deliverCommands(deps: DeliveryDeps): Promise<Delivery> {
  const { database, clock, publish, log } = deps;
  let sweeping: Promise<void> | undefined;
  let isAsked = false;
  let isStopped = false;
  let looks = 0;

  async function sweep(): Promise<void> {
    while (isAsked && !isStopped) {
      isAsked = false;
      looks += 1;
      // An edge that was away for days and reads no shapes is told as well.
      const after = looks % SELDOM === 0 ? EVER : instantText(addMs(clock.now(), -DELIVERY_MS_MAX));
      const open = await undelivered(database, { after, limit: SWEEP_COMMANDS_MAX });
      for (const { edge, note } of open) publish(edge, note);
    }
  }
  function ask(): void {
    isAsked = true;
    if (isStopped) return;
    sweeping ??= sweep()
      .catch((error: unknown) => log(`commands were not sent and will be: ${describeError(error)}`))
      .finally(() => {
        sweeping = undefined;
      });
  }
  const unlisten = await hearCommands(database, ask).catch((error: unknown) => {
    log(
      `new commands are looked for every ${DELIVERY_POLL_MS} ms, since the database does not tell of them: ${describeError(error)}`,
    );
    return async () => {};
  });
  const timer = setInterval(ask, deps.pollMs ?? DELIVERY_POLL_MS);
  return {
    stop: async () => {
      isStopped = true;
      clearInterval(timer);
      await sweeping;
      const over = new AbortController();
      const late = sleep(UNLISTEN_MS_MAX, undefined, { signal: over.signal }).catch(() => {});
      await Promise.race([unlisten().catch(() => {}), late]);
      over.abort();
    },
  };
}
