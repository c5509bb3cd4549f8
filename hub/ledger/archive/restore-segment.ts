import { createWriteStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { KitError } from '@gatehouse/shared/errors.ts';
import { parseHeader } from '@gatehouse/shared/journal/entry.ts';
import { CHECKPOINT_PATH, parseTilePath } from '@gatehouse/shared/journal/tile-path.ts';
import type { ReadBody } from './body-lines.ts';
import { type SegmentVerification, type VerifyDeps, verifySegment } from './verify-segment.ts';

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;

/** Where the parts of a restored segment lie below its folder. */
export const RESTORED_RECORDS = 'records.jsonl';

/**
 * Writes a segment as files that a person can check: the log that it is part of, and one line for each of its records.
 *
 * Shape:  the checkpoint is written last and only where all of it was there, so that a damaged segment never verifies as a log.
 * Errors: `FOLDER_UNUSABLE` where something is in the folder already; those of the store.
 */
export async function restoreSegment(deps: VerifyDeps, segment: number, folder: string): Promise<SegmentVerification> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  if ((await readdir(folder)).length > 0) {
    throw new KitError('FOLDER_UNUSABLE', `${folder} is not empty`, { hint: 'Name a folder that is not there yet.' });
  }
  const records = createWriteStream(join(folder, RESTORED_RECORDS), { mode: OWNER_ONLY_FILE });
  const done = finished(records);
  done.catch(() => undefined);
  const result = await verifySegment(deps, segment, {
    async onLog(files) {
      for (const { path, bytes } of files) {
        if (parseTilePath(path) === undefined) continue;
        await mkdir(dirname(join(folder, path)), { recursive: true, mode: OWNER_ONLY_FOLDER });
        await writeFile(join(folder, path), bytes, { mode: OWNER_ONLY_FILE });
      }
    },
    async onBodies(bodies, headers) {
      const text = bodies.map((body) => recordLine(body, headers.get(body.leaf))).join('');
      if (!records.write(text)) await new Promise<void>((resolve) => records.once('drain', () => resolve()));
    },
  }).finally(() => records.end());
  await done;
  const { manifest, findings } = result;
  if (manifest !== undefined) await writeFile(join(folder, 'manifest'), manifest.note, { mode: OWNER_ONLY_FILE });
  // What was put over an object is told, and the locked version under it is what is restored.
  const isWhole = findings.every(({ code }) => code === 'object-replaced' || code === 'lock-missing');
  if (manifest !== undefined && isWhole) {
    await writeFile(join(folder, CHECKPOINT_PATH), manifest.value.checkpoint, { mode: OWNER_ONLY_FILE });
  }
  return result;
}

/** A record in one line: its header, and its body with the salt, or what became of it. */
function recordLine({ leaf, opened, disposal, fault }: ReadBody, headerText: string | undefined): string {
  const header = headerText === undefined ? null : parseHeader(headerText);
  const place = { leaf, header };
  if (opened !== undefined) {
    const salt = Buffer.from(opened.salt).toString('hex');
    return `${JSON.stringify({ ...place, salt, body: JSON.parse(opened.body), bodyText: opened.body })}\n`;
  }
  if (disposal !== undefined) return `${JSON.stringify({ ...place, disposed: disposal })}\n`;
  return `${JSON.stringify({ ...place, closed: fault ?? 'no keys were given' })}\n`;
}
