import { readFile } from 'node:fs/promises';
import { RetentionScope, scopeText } from '@gatehouse/compliance/retention/scope.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { Identifier, InstantText, Sentence } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { writeDurably } from '../../store/postgres/durable-file.ts';
import { findHold, type HoldRow, insertHold, standingHolds } from '../../store/retention-rows.ts';
import { SYSTEM } from './proposals-figures.ts';
import { inRetentionWork, type RetentionDeps } from './proposals-work.ts';

/** The file of standing holds in the hub's folder; a restore of the database must not set it back. */
export const HOLDS_FILE = 'retention-holds.json';

const OWNER_ONLY = 0o600;

const KeptHold = z.strictObject({
  id: Identifier,
  scope: RetentionScope,
  reason: Sentence,
  setBy: Identifier,
  setAt: z.string().refine((text) => InstantText.safeParse(text).success, 'not a UTC time with nanoseconds'),
});

type KeptHold = z.output<typeof KeptHold>;

/**
 * Keeps the standing holds beside the database, and sets those again that a database from a backup does not know; gives how many.
 *
 * Errors: `CONFIG_INVALID` where the file is there and cannot be read: which holds stand is then not known, and nothing may be destroyed.
 */
export async function keepHolds(deps: RetentionDeps, file: string): Promise<number> {
  const text = await readIfThere(file);
  const kept = text === undefined ? [] : holdsIn(text, file);
  const { missing, standing } = await inRetentionWork(deps, async (work) => {
    const lost: KeptHold[] = [];
    for (const hold of kept) if ((await findHold(work.tx, hold.id)) === undefined) lost.push(hold);
    for (const hold of lost) {
      await insertHold(work.tx, hold);
      const after = { scope: scopeText(hold.scope), setBy: hold.setBy, setAt: hold.setAt };
      const note = `Set again, since the database had forgotten it: ${hold.reason}`.slice(0, NOTE_LENGTH_MAX);
      await work.record({ action: 'retention.hold-set', by: SYSTEM, target: hold.id, after, note });
    }
    return { missing: lost.length, standing: await standingHolds(work.tx) };
  });
  const next = `${JSON.stringify(standing.map(keptOf))}\n`;
  if (next !== text && (standing.length > 0 || text !== undefined)) await writeDurably(file, next, OWNER_ONLY);
  return missing;
}

const NOTE_LENGTH_MAX = 2_000;

function keptOf({ id, scope, reason, setBy, setAt }: HoldRow): KeptHold {
  return { id, scope, reason, setBy, setAt };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw unreadable(file, cause);
  }
}

function holdsIn(text: string, file: string): readonly KeptHold[] {
  try {
    return z.array(KeptHold).parse(JSON.parse(text));
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): KitError {
  return new KitError('CONFIG_INVALID', `the holds in ${file} cannot be read: ${describeError(cause)}`, {
    hint: 'Put back the newest copy that there is. Nothing is disposed of until it can be read, or is moved away.',
    cause,
  });
}
