import { describeError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { parseCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { CHECKPOINT_PATH } from '@gatehouse/shared/journal/tile-path.ts';
import type { ActBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { LogFolder } from '../tiles/log-folder.ts';
import { askAuthority, nonceFrom, readTimeStamp, timeStampQuery } from './time-stamp.ts';

/** What the daily stamp needs. Shape: `record` puts the act of it on record. */
export interface StampDeps {
  readonly folder: LogFolder;
  readonly authority: string;
  readonly clock: Clock;
  readonly random: (length: number) => Uint8Array;
  readonly record: (act: Omit<ActBody, 'v'>) => Promise<void>;
}

/** A stamp that was made. */
export interface MadeStamp {
  readonly day: string;
  readonly size: number;
  readonly at: string;
}

const DAY_LENGTH = 10;

/** Where the stamp of a day lies below the archive. */
export function stampPath(day: string, file: 'checkpoint' | 'reply.tsr'): string {
  return `timestamps/${day}/${file}`;
}

/**
 * Has the published checkpoint stamped, once a UTC day; undefined where today's stamp is there or nothing is published.
 *
 * Shape:  the reply is written last, so that a day without it is stamped again after a crash.
 * Errors: as `askAuthority` and `readTimeStamp`; `LEDGER_MISMATCH` and `DISK_FAILED` of the archive.
 */
export async function stampToday({
  folder,
  authority,
  clock,
  random,
  record,
}: StampDeps): Promise<MadeStamp | undefined> {
  const day = instantText(clock.now()).slice(0, DAY_LENGTH);
  if ((await folder.read(stampPath(day, 'reply.tsr'))) !== undefined) return undefined;
  // A process that died in between has left what it asked with; files here are written once, so it is asked again with the same.
  const kept = await folder.read(stampPath(day, 'checkpoint'));
  const checkpoint = kept ?? (await folder.read(CHECKPOINT_PATH));
  if (checkpoint === undefined) return undefined;
  const nonce = nonceFrom(random);
  const reply = await askAuthority(authority, timeStampQuery(checkpoint, nonce));
  const { at } = readTimeStamp(reply, checkpoint, nonce);
  const text = Buffer.from(checkpoint).toString('utf8');
  const { size } = parseCheckpoint(text.slice(0, text.lastIndexOf('\n\n') + 1));
  if (kept === undefined) await folder.writeOnce([{ path: stampPath(day, 'checkpoint'), bytes: checkpoint }]);
  await folder.writeOnce([{ path: stampPath(day, 'reply.tsr'), bytes: reply }]);
  const after = {
    size: `${size}`,
    stampedAt: at,
    authority: new URL(authority).host,
    reply: sha256(reply).toString('hex'),
  };
  await record({ action: 'ledger.time-stamped', by: 'system', target: day, after });
  return { day, size, at };
}

const LOOK_MS = 60_000;
const RETRY_MS = 10 * 60_000;

/** Stamps each day as soon as it can; gives back how to stop. A failure is told once a cause, and tried again. */
export function runDailyStamps(
  deps: StampDeps,
  tell: { readonly log: (line: string) => void; readonly alarm: (message: string) => Promise<void> },
  paceMs: { readonly lookMs: number; readonly retryMs: number } = { lookMs: LOOK_MS, retryMs: RETRY_MS },
): () => Promise<void> {
  let trouble: string | undefined;
  let isStopped = false;
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    let pauseMs = paceMs.lookMs;
    try {
      const made = await stampToday(deps);
      trouble = undefined;
      if (made !== undefined) tell.log(`the log of ${made.size} entries was time-stamped at ${made.at}`);
    } catch (error) {
      pauseMs = paceMs.retryMs;
      const says = describeError(error);
      if (says !== trouble) await fail(says);
      trouble = says;
    }
    if (!isStopped) timer = setTimeout(start, pauseMs);
  }

  async function fail(says: string): Promise<void> {
    tell.log(`the log could not be time-stamped: ${says}`);
    await tell.alarm(says).catch((error: unknown) => tell.log(describeError(error)));
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
