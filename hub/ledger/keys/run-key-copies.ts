import { describeError } from '@gatehouse/shared/errors.ts';
import { copyKeys } from './copy-keys.ts';

/** Where record keys lie and where else they are to lie. Shape: `alarm` raises one about keys that have no copy. */
export interface KeyCopyDeps {
  readonly from: string;
  readonly to: string;
  readonly log: (line: string) => void;
  readonly alarm: (message: string) => Promise<void>;
}

/** The code of the alarm that the second place of the record keys is behind. */
export const RECORD_KEYS_UNCOPIED = 'RECORD_KEYS_UNCOPIED';

/** Units: milliseconds. */
const LOOK_MS = 5_000;

/** Keeps the second place as the first one is; gives back how to stop. A failure is one alarm for each cause, and is tried again. */
export function runKeyCopies(deps: KeyCopyDeps, lookMs: number = LOOK_MS): () => Promise<void> {
  let trouble: string | undefined;
  let isStopped = false;
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    try {
      if (await copyKeys(deps.from, deps.to)) deps.log(`the record keys were copied to ${deps.to}`);
      trouble = undefined;
    } catch (error) {
      const says = describeError(error);
      if (says !== trouble) await tell(says);
      trouble = says;
    }
    if (!isStopped) timer = setTimeout(start, lookMs);
  }

  async function tell(says: string): Promise<void> {
    const message = `the record keys could not be copied to ${deps.to}, and no record can be read without them: ${says}`;
    deps.log(message);
    await deps.alarm(message).catch((error: unknown) => deps.log(describeError(error)));
  }

  function start(): void {
    working = look();
  }

  start();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await working;
    clearTimeout(timer);
  };
}
