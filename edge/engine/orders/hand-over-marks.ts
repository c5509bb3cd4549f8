import { closeSync, fstatSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';

/**
 * A note of each order, made before it goes over the wire.
 *
 * Shape: the note is handed to the operating system and not waited for until it is on disk: it outlives this process, and another boot of
 *        the computer is known by its id. So a note that is missing proves that an order never left, for as long as the computer runs;
 *        where anything about the file is not as expected it proves nothing.
 */
export interface HandOverMarks {
  /** Errors: `VENUE_UNREACHABLE` where it cannot be noted; the order must then stay here. */
  mark(order: string): void;
  /** Whether an order that was approved before this start certainly never left. */
  neverLeft(order: string): boolean;
  close(): void;
}

/** What notes are kept with. Shape: `approved` are the orders that may have left before this start, by the journal. */
export interface HandOverMarksRequest {
  readonly path: string;
  /** What no two boots of the computer have in common; without it nothing is proved. */
  readonly boot: string | undefined;
  readonly approved: readonly string[];
}

/** So many notes make the file begin anew with the newest of them; no more orders than those can be on their way to the disk. */
const MARKS_MAX = 20_000;
const MARKS_KEPT = 2_000;
const OWNER_ONLY = 0o600;
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** The id of this boot, where the operating system has one. */
export function bootId(): string | undefined {
  try {
    return readFileSync(BOOT_ID, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Notes that go on from those of the process before. Errors: `CONFIG_INVALID` where the file cannot be made. */
export function openHandOverMarks({ path, boot, approved }: HandOverMarksRequest): HandOverMarks {
  const before = boot === undefined ? undefined : readMarks(path, boot);
  const proven = new Set(before === undefined ? [] : approved.filter((order) => !before.has(order)));
  // What is not proved now must not look so to the next start.
  let kept = approved.filter((order) => !proven.has(order));
  let file = beginAt(path, boot ?? '', kept);
  return {
    mark: (order) => {
      try {
        writeSync(file, `${order}\n`);
        kept.push(order);
        if (kept.length < MARKS_MAX) return;
        kept = kept.slice(-MARKS_KEPT);
        const next = begin(path, boot ?? '', kept);
        closeSync(file);
        file = next;
      } catch (cause) {
        throw new KitError(
          'VENUE_UNREACHABLE',
          `it could not be noted that order ${order} goes out: ${describeError(cause)}`,
          {
            cause,
          },
        );
      }
    },
    neverLeft: (order) => proven.has(order),
    close: () => {
      if (file >= 0) closeSync(file);
      file = -1;
    },
  };
}

/** The orders that were noted; undefined where the file is not the one that a process of this boot wrote, whole. */
function readMarks(path: string, boot: string): ReadonlySet<string> | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    const [head, ...orders] = text.split('\n');
    // A copy of the file may be older than the journal beside it.
    if (head !== headOf(boot, statSync(path).ino) || orders.pop() !== '') return undefined;
    return new Set(orders);
  } catch {
    return undefined;
  }
}

function beginAt(path: string, boot: string, orders: readonly string[]): number {
  try {
    return begin(path, boot, orders);
  } catch (cause) {
    throw new KitError('CONFIG_INVALID', `what is handed over cannot be noted at ${path}: ${describeError(cause)}`, {
      hint: 'Check the rights of the data folder and the room on its disk.',
      cause,
    });
  }
}

function begin(path: string, boot: string, orders: readonly string[]): number {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w', OWNER_ONLY);
  try {
    const lines = [headOf(boot, fstatSync(file).ino), ...orders].map((line) => `${line}\n`);
    writeSync(file, lines.join(''));
    renameSync(temporary, path);
    return file;
  } catch (cause) {
    closeSync(file);
    throw cause;
  }
}

function headOf(boot: string, inode: number): string {
  return `gatehouse/handed-over/v1 ${boot} ${inode}`;
}
