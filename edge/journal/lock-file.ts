import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { z } from 'zod';
import { LOCK_NAME } from './journal-folder.ts';
import { fileFailure } from './sql-failure.ts';

/** A lock that this process holds until it lets go or ends. */
export interface HeldLock {
  release(): void;
}

/** Which process holds a lock. Shape: a pid is used again, its start time within one boot is not. */
type ProcessIdentity = z.output<typeof ProcessIdentity>;

const ProcessIdentity = z.strictObject({ pid: z.int().min(1), started: z.string(), boot: z.string() });

const OWNER_ONLY = 0o600;
const START_TIME_FIELD_AFTER_NAME = 19;
/** A process that has ended and waits for its parent to notice holds nothing. */
const ENDED_STATES: ReadonlySet<string> = new Set(['Z', 'X']);
const TAKEOVERS_MAX = 3;
const UNKNOWN = 'unknown';

/**
 * Takes the lock of a folder for this process.
 *
 * Shape:  the lock file appears whole or not at all; one whose process is gone is taken over. Where the system does not
 *         tell when a process started, a process with that pid counts as the holder.
 * Errors: `JOURNAL_LOCKED` naming the pid of the holder; those of `fileFailure`.
 */
export function takeLock(folder: string, what = 'the journal'): HeldLock {
  const self = identityOf(process.pid);
  const path = join(folder, LOCK_NAME);
  for (let attempt = 0; attempt < TAKEOVERS_MAX; attempt += 1) {
    if (createLock(path, self)) return { release: () => releaseLock(path, self) };
    const holder = readHolder(path);
    if (holder !== undefined && isAlive(holder)) throw locked({ folder, what }, holder.pid);
    setAside(path, holder);
  }
  throw locked({ folder, what }, readHolder(path)?.pid);
}

function createLock(path: string, self: ProcessIdentity): boolean {
  const draft = `${path}.${self.pid}.new`;
  try {
    writeSynced(draft, JSON.stringify(self));
    linkSync(draft, path);
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // ENOENT: the holder swept our draft away.
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw fileFailure(cause, path);
  } finally {
    removeQuietly(draft);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A draft that stays is swept by the next holder; what kept it from going was reported where it was made.
  }
}

function writeSynced(path: string, text: string): void {
  const file = openSync(path, 'w', OWNER_ONLY);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Moves a dead lock away; where a live one slipped in meanwhile, it goes back and stays. */
function setAside(path: string, dead: ProcessIdentity | undefined): void {
  const aside = `${path}.dead.${process.pid}`;
  try {
    renameSync(path, aside);
    const moved = readHolder(aside);
    if (moved !== undefined && !isSame(moved, dead) && isAlive(moved)) linkSync(aside, path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw fileFailure(cause, path);
  } finally {
    removeQuietly(aside);
  }
}

function releaseLock(path: string, self: ProcessIdentity): void {
  const holder = readHolder(path);
  if (holder !== undefined && isSame(holder, self)) rmSync(path, { force: true });
}

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    return ProcessIdentity.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Locks appear whole, so one that cannot be read was broken by a crash of the machine, and nobody holds it.
    return undefined;
  }
}

function isAlive(holder: ProcessIdentity): boolean {
  const now = identityOf(holder.pid);
  if (holder.boot !== UNKNOWN && now.boot !== UNKNOWN && holder.boot !== now.boot) return false;
  if (!exists(holder.pid) || hasEnded(holder.pid)) return false;
  return holder.started === UNKNOWN || now.started === UNKNOWN || holder.started === now.started;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isSame(left: ProcessIdentity, right: ProcessIdentity | undefined): boolean {
  return left.pid === right?.pid && left.started === right.started && left.boot === right.boot;
}

function identityOf(pid: number): ProcessIdentity {
  const stat = readSystem(`/proc/${pid}/stat`);
  const started = fieldsOf(stat)?.[START_TIME_FIELD_AFTER_NAME];
  const boot = readSystem('/proc/sys/kernel/random/boot_id')?.trim();
  return { pid, started: started ?? UNKNOWN, boot: boot ?? UNKNOWN };
}

function hasEnded(pid: number): boolean {
  return ENDED_STATES.has(fieldsOf(readSystem(`/proc/${pid}/stat`))?.[0] ?? '');
}

/** The fields after the program's name, which stands in brackets and may hold spaces. */
function fieldsOf(stat: string | undefined): readonly string[] | undefined {
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readSystem(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function locked(
  { folder, what }: { readonly folder: string; readonly what: string },
  pid: number | undefined,
): KitError {
  const holder = pid === undefined ? 'another process' : `process ${pid}`;
  return new KitError('JOURNAL_LOCKED', `${what} in ${folder} is held by ${holder}`, {
    hint: 'Only one process may hold it; stop the other one first.',
  });
}
