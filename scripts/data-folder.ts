import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';

const MARKER = 'gatehouse.json';
const DRAFT = `${MARKER}.new`;
const FORMAT = 1;
/** What a disk or an earlier attempt of ours may have left in a folder that is empty for a person. */
const NOT_FOREIGN: ReadonlySet<string> = new Set(['lost+found', DRAFT]);

/**
 * Makes sure that a folder is ours before anything is written to it.
 *
 * Errors: `FOLDER_FOREIGN` for a folder that holds something else or a newer format, `FOLDER_UNUSABLE` where it cannot be written.
 */
export function claimDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new KitError('FOLDER_UNUSABLE', `the data folder ${folder} cannot be written (${codeOf(cause)})`, {
      hint: 'Give this user the right to write there, or name another folder in GATEHOUSE_DATA.',
      cause,
    });
  }
  const marker = join(folder, MARKER);
  const names = readdirSync(folder);
  if (names.includes(MARKER)) {
    assertFormat(marker);
    return;
  }
  const foreign = names.filter((name) => !NOT_FOREIGN.has(name));
  if (foreign.length > 0) {
    throw new KitError(
      'FOLDER_FOREIGN',
      `the data folder ${folder} holds ${foreign.slice(0, 3).join(', ')}, which Gatehouse did not make`,
      {
        hint: 'Name an empty folder in GATEHOUSE_DATA; nothing was changed.',
      },
    );
  }
  writeMarker(marker, join(folder, DRAFT));
}

/** The marker appears whole or not at all: half of one would keep us out of our own folder. */
function writeMarker(marker: string, draft: string): void {
  try {
    writeFileSync(draft, `${JSON.stringify({ product: 'gatehouse', format: FORMAT })}\n`, { flush: true });
    renameSync(draft, marker);
  } catch (cause) {
    throw new KitError(
      codeOf(cause) === 'ENOSPC' ? 'DISK_FULL' : 'FOLDER_UNUSABLE',
      `${marker} cannot be written (${codeOf(cause)})`,
      {
        hint: 'Make room on this disk, or name another folder in GATEHOUSE_DATA.',
        cause,
      },
    );
  }
}

function assertFormat(marker: string): void {
  const problem = formatProblem(marker);
  if (problem === undefined) return;
  throw new KitError('FOLDER_FOREIGN', `${marker} ${problem}`, {
    hint: 'Name another folder in GATEHOUSE_DATA, or use the release that made this one.',
  });
}

function formatProblem(marker: string): string | undefined {
  try {
    const { product, format } = JSON.parse(readFileSync(marker, 'utf8')) as {
      readonly product?: unknown;
      readonly format?: unknown;
    };
    if (product !== 'gatehouse') return 'belongs to another product';
    return format === FORMAT ? undefined : `has format ${String(format)}, and this release reads ${FORMAT}`;
  } catch {
    return 'cannot be read as JSON';
  }
}

/** Deletes everything in a folder that is ours but one name. Errors: `FOLDER_FOREIGN` as for claiming it. */
export function clearDataFolder(folder: string, kept: string): void {
  claimDataFolder(folder);
  for (const name of readdirSync(folder)) {
    if (![MARKER, 'lost+found', kept].includes(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** The system's code of a failure, such as `EACCES`, or its text. */
export function codeOf(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return String(cause);
}
