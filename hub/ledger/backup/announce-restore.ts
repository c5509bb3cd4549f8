import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError } from '@gatehouse/shared/errors.ts';
import { openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { parseVerifierKey, type Signer } from '@gatehouse/shared/journal/note.ts';
import { CHECKPOINT_PATH } from '@gatehouse/shared/journal/tile-path.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { raiseAlarms } from '../../store/alarm-rows.ts';
import { type Database, inTransaction } from '../../store/database.ts';
import { nameAt } from '../../store/postgres/backup/backup-folder.ts';
import { markSaid, type RestoredFile, readRestored } from '../../store/postgres/backup/restored-file.ts';
import { syncFolder } from '../../store/postgres/durable-file.ts';
import type { HubStream } from '../hub-stream.ts';
import { logInFolder } from '../tiles/log-reader.ts';

/** What the word of a restore is said with. */
export interface AnnounceDeps {
  readonly database: Database;
  readonly signer: Signer;
  readonly appendAct: HubStream['appendAct'];
  readonly clock: Clock;
  /** The data folder, the database's folder and that of the published log. */
  readonly folders: { readonly data: string; readonly postgres: string; readonly log: string };
  readonly log: (line: string) => void;
}

/** The code of the alarm that this hub was restored. */
const HUB_RESTORED = 'HUB_RESTORED';

/**
 * Says once, on record and as an alarm, that the database comes from a backup and what the published log had beyond it.
 *
 * Shape: a published log that goes further is set aside under another name, with all its files: what comes now continues the
 *        restored ledger, and the old end of it stays as evidence. Gives what was said; undefined where nothing was restored.
 */
export async function announceRestore(deps: AnnounceDeps): Promise<string | undefined> {
  const { database, clock, folders, appendAct, log } = deps;
  const restored = await readRestored(folders.postgres);
  if (restored === undefined) return undefined;
  const { size: published, aside } = await publishedLog(deps, restored);
  const says = wordOf(restored, published);
  await inTransaction(database, async (tx) => {
    await appendAct(tx, {
      action: 'hub.restored',
      by: 'system',
      target: restored.backup,
      after: {
        restoredAt: restored.restoredAt,
        upTo: restored.upTo ?? 'the end of the archived log',
        size: `${restored.ledger?.size ?? 0}`,
        root: restored.ledger?.root ?? 'none',
        ...(published === undefined ? {} : { published: `${published}` }),
        ...(aside === undefined ? {} : { logSetAside: aside }),
      },
      note: says,
    });
    await raiseAlarms(tx, [{ code: HUB_RESTORED, severity: 'warning', message: says }], instantText(clock.now()));
  });
  log(says);
  // Only now: a run that is killed before it says the whole again.
  if (aside !== undefined) {
    await rename(folders.log, join(folders.data, aside));
    await syncFolder(folders.data);
  }
  await markSaid(folders.postgres);
  return says;
}

function wordOf({ backup, upTo, ledger }: RestoredFile, published: number | undefined): string {
  const size = ledger?.size ?? 0;
  const when = upTo === null ? 'with all of its archived log' : `up to ${upTo}`;
  const restored = `this hub was restored from backup ${backup} ${when}: its ledger has ${size} leaves`;
  if (published === undefined) return `${restored}; no published log was there to compare it with`;
  if (published <= size) return `${restored}, and nothing of the published log is missing`;
  return `${restored}, ${published - size} fewer than were published; edges send again what was theirs, acts of the hub’s own people do not come back`;
}

/** How far the published log goes, and under which name it is set aside where that is beyond the restored ledger. */
async function publishedLog({ folders, signer, clock, log }: AnnounceDeps, { ledger }: RestoredFile) {
  const note = await logInFolder(folders.log).read(CHECKPOINT_PATH);
  const size = note === undefined ? undefined : sizeOf(Buffer.from(note).toString('utf8'), signer, log);
  const isBeyond = size !== undefined && size > (ledger?.size ?? 0);
  return { size, aside: isBeyond ? `log-before-${nameAt(clock.now())}` : undefined };
}

function sizeOf(note: string, signer: Signer, log: (line: string) => void): number | undefined {
  try {
    return openCheckpoint(note, [parseVerifierKey(signer.verifierKey)]).size;
  } catch (error) {
    log(`the checkpoint of the published log cannot be read: ${describeError(error)}`);
    return undefined;
  }
}
