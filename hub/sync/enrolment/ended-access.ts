import { readFile } from 'node:fs/promises';
import { KitError } from '@gatehouse/shared/errors.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { nextEnrolmentState } from '@gatehouse/shared/schema/enrolment.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { raiseAlarms } from '../../store/alarm-rows.ts';
import {
  type DeviceRow,
  findEnrolment,
  holdStream,
  streamsAfterFirst,
  writeDecision,
} from '../../store/enrolment-rows.ts';
import { writeDurably } from '../../store/postgres/durable-file.ts';
import { type EnrolmentDeps, type EnrolmentWork, inEnrolmentWork } from './enrolment-work.ts';

/**
 * What was taken away from edges, kept beside the database: a database from a backup does not know what came after it.
 *
 * Shape: `ended` are enrolments; `epochs` the epoch that each edge has reached by a document of two people, with its keys.
 */
export interface EndedAccess {
  /** Whether somebody knows what has ended. Shape: without it no certificate opens anything. */
  readonly isKnown: boolean;
  /** Ends again what the file knows to have ended and the database does not; told of before anybody is let in. */
  begin(devices: readonly DeviceRow[]): Promise<void>;
  /** Takes in what the database says now; on disk when it resolves. */
  learn(devices: readonly DeviceRow[]): Promise<void>;
}

/** What it works with. Shape: `path` is its file, in the hub's own folder. */
export interface EndedAccessDeps extends Pick<EnrolmentDeps, 'database' | 'stream' | 'clock'> {
  readonly path: string;
  readonly log: (line: string) => void;
}

/** The name of the file in the hub's folder. */
export const ENDED_ACCESS_FILE = 'ended-access.json';

/** So many ended enrolments are kept, the newest; a certificate ends by itself after thirty days. */
const ENDED_MAX = 10_000;
const EDGES_MAX = 10_000;
const OWNER_ONLY = 0o600;
const SET_BACK = 'It was revoked before; the database was set back to a time when it was not.';

const Kept = z.strictObject({
  v: z.literal(1),
  ended: z.array(Identifier).max(ENDED_MAX),
  epochs: z.record(Identifier, z.int().min(1)).refine((epochs) => Object.keys(epochs).length <= EDGES_MAX),
});

type KeptAccess = z.output<typeof Kept>;

const NOTHING: KeptAccess = { v: 1, ended: [], epochs: {} };

/** Begins the file anew: whoever looked through the list of devices vouches that it is whole. */
export function confirmAccess(path: string): Promise<void> {
  return writeDurably(path, textOf(NOTHING), OWNER_ONLY);
}

/** Whether the file is there. Errors: `CONFIG_INVALID` where it cannot be read. */
export async function isAccessKnown(path: string): Promise<boolean> {
  return (await readKept(path)) !== undefined;
}

/** What has ended, by the file. Errors: `CONFIG_INVALID` where it is there and cannot be read. */
export async function openEndedAccess(deps: EndedAccessDeps): Promise<EndedAccess> {
  const { path, database, log } = deps;
  let kept = await readKept(path);
  let isTold = false;

  async function confirmedOrNew(devices: readonly DeviceRow[]): Promise<KeptAccess | undefined> {
    const found = await readKept(path);
    if (found !== undefined || devices.length > 0) return found;
    await confirmAccess(path);
    return NOTHING;
  }
  async function closed(): Promise<void> {
    if (isTold) return;
    isTold = true;
    const message = `${path} is gone, so nobody knows which accesses were taken away since the backup: no certificate opens anything. Look through the list with "gatehouse edge devices", revoke what must not come back, and confirm it with "gatehouse edge devices confirm"`;
    log(`ALARM DEVICES_UNCONFIRMED: ${message}`);
    await inEnrolmentWork(deps, ({ tx, at }) =>
      raiseAlarms(tx, [{ code: 'DEVICES_UNCONFIRMED', severity: 'alarm', message }], at),
    );
  }
  return {
    get isKnown() {
      return kept !== undefined;
    },
    begin: async (devices) => {
      kept = await confirmedOrNew(devices);
      if (kept === undefined) return closed();
      const known = kept;
      await inEnrolmentWork(deps, (work) => endAgain(work, known, log));
    },
    learn: async (devices) => {
      if (kept === undefined) kept = await confirmedOrNew(devices);
      if (kept === undefined) return closed();
      const now = { ended: revokedOf(devices), epochs: await streamsAfterFirst(database) };
      const next = joined(kept, now);
      if (textOf(next) === textOf(kept)) return;
      // Another process of this hub may have written since.
      kept = joined((await readKept(path)) ?? NOTHING, next);
      await writeDurably(path, textOf(kept), OWNER_ONLY);
    },
  };
}

function revokedOf(devices: readonly DeviceRow[]): readonly string[] {
  return devices.filter(({ state }) => state === 'revoked').map(({ enrolmentId }) => enrolmentId);
}

/** Both together; an epoch only grows. */
function joined(
  kept: KeptAccess,
  more: Pick<KeptAccess, 'epochs'> & { readonly ended: readonly string[] },
): KeptAccess {
  const ended = [...new Set([...kept.ended, ...more.ended.toSorted()])].slice(-ENDED_MAX);
  const epochs = { ...kept.epochs };
  for (const [edge, epoch] of Object.entries(more.epochs)) epochs[edge] = Math.max(epoch, epochs[edge] ?? 1);
  return { v: 1, ended, epochs };
}

function textOf(kept: KeptAccess): string {
  return `${JSON.stringify(kept)}\n`;
}

async function endAgain(
  work: EnrolmentWork,
  { ended, epochs }: KeptAccess,
  log: (line: string) => void,
): Promise<void> {
  const { tx, at } = work;
  for (const enrolmentId of ended) {
    const row = await findEnrolment(tx, enrolmentId);
    const event =
      row && (['revoke', 'refuse'] as const).find((one) => nextEnrolmentState(row.state, one) !== undefined);
    if (row === undefined || event === undefined) continue;
    const state = await work.move(row, event);
    await writeDecision(tx, enrolmentId, { by: 'system', at, reason: SET_BACK });
    const after = { enrolment: enrolmentId, state };
    const act = { action: `device.${state}`, by: 'system', target: row.edge, before: { state: row.state }, after };
    await work.record({ ...act, note: SET_BACK });
    log(`the access ${enrolmentId} of ${row.edge} is ended again: the database was set back`);
  }
  const now = await streamsAfterFirst(tx);
  for (const [edge, epoch] of Object.entries(epochs)) {
    if ((now[edge] ?? 1) >= epoch || !(await holdStream(tx, edge))) continue;
    const message = `the record of ${edge} was set back to before its epoch ${epoch}, and an older key may be in other hands: nothing of it is taken`;
    await raiseAlarms(tx, [{ code: 'EPOCH_SET_BACK', severity: 'alarm', edge, message }], at);
    await work.record({ action: 'edge.held', by: 'system', target: edge, after: { epoch: `${epoch}` }, note: message });
    log(`ALARM EPOCH_SET_BACK: ${message}`);
  }
}

async function readKept(path: string): Promise<KeptAccess | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return decode(Kept, JSON.parse(text), 'what has ended');
  } catch (cause) {
    throw new KitError('CONFIG_INVALID', `the list of ended accesses cannot be read: ${path}`, {
      hint: 'Put back the newest copy of this file, or move it away and confirm the list of devices anew.',
      cause,
    });
  }
}
