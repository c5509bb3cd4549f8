import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import type { FiledKill } from '@gatehouse/edge/kill/filed-kill.ts';
import type { KillProgress } from '@gatehouse/edge/kill/kill-types.ts';
import { openOfflineEdge, unreachable } from '@gatehouse/edge/kill/offline-edge.ts';
import { killOffline, type OfflineOutcome } from '@gatehouse/edge/kill/offline-kill.ts';
import { offlineVenues } from '@gatehouse/edge/kill/offline-venues.ts';
import { askEdge } from '@gatehouse/edge/sync/local-socket.ts';
import { CONNECTORS } from '@gatehouse/edge/venues/index.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type IncidentBody, KillLevel } from '@gatehouse/shared/schema/bodies.ts';
import { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { Identifier, Sentence } from '@gatehouse/shared/schema/fields.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { EDGE_ID, edgeDataFolder } from './edge-data.ts';

const usage = `gatehouse kill --reason TEXT [--scope SCOPE]... [--level LEVEL] [--by ID] [--yes]
  --scope SCOPE   firm (default), or a kind and an id such as algorithm:ema-cross;
                  given several times, the kill is for orders that lie in all of them
  --level LEVEL   pause: no new risk; cancel (default): working orders are taken back;
                  flatten: positions are closed as well
  --by ID         who stops (default: this computer's user)`;

/** A running edge answers in well under this time, and one that does not is stopped by its file. Units: milliseconds. */
const ANSWER_MS_MAX = 3_000;
/** So long the command watches what remains at a running edge. Units: milliseconds. */
const WATCH_MS_MAX = 15_000;
const WATCH_EVERY_MS = 250;
const SCOPES_MAX = 8;
const ID_BYTES = 6;

/** Stops trading at this machine's edge, whether it answers, hangs or does not run. A restart does not forget it. */
export const command: Command = {
  usage,
  async run(args) {
    const kill = readKill(args);
    if (!isConfirmed(args) && !(await confirmed(kill))) {
      process.stdout.write('Nothing was stopped.\n');
      return 0;
    }
    const root = edgeDataFolder(readScriptConfig().data);
    const from = performance.now();
    const running = await killRunning(root, kill);
    if (running !== undefined) return tellRunning(running, performance.now() - from);
    return tellOffline(await killAlone(root, kill), performance.now() - from);
  },
};

function readKill(args: readonly string[]): FiledKill {
  const { values } = parseOptions(args, options, usage);
  const { scope: scopes = ['firm'], level = 'cancel', reason, by = defaultActor() } = values;
  const problems = [
    ...(Sentence.safeParse(reason?.trim()).success ? [] : ['a kill needs a reason']),
    ...scopes.filter((one) => !ScopeText.safeParse(one).success).map((one) => `${one} is no scope`),
    ...(scopes.length > SCOPES_MAX ? [`more than ${SCOPES_MAX} scopes`] : []),
    ...(KillLevel.safeParse(level).success ? [] : [`${level} is no level`]),
    ...(Identifier.safeParse(by).success ? [] : [`${by} is no id`]),
  ];
  if (problems.length > 0 || reason === undefined) {
    throw new KitError('COMMAND_INVALID', problems.join('; '), { hint: `Usage: ${usage}`, problems });
  }
  const id = `K-${randomBytes(ID_BYTES).toString('hex')}`;
  return { v: 2, id, scopes: [...new Set(scopes)], level: KillLevel.parse(level), by, reason, at: systemClock().now() };
}

const options = {
  reason: { type: 'string' },
  scope: { type: 'string', multiple: true },
  level: { type: 'string' },
  by: { type: 'string' },
  yes: { type: 'boolean' },
} as const;

function isConfirmed(args: readonly string[]): boolean {
  return parseOptions(args, options, usage).values.yes === true;
}

function defaultActor(): string {
  return `os-${userInfo().username.replaceAll(/[^A-Za-z0-9._-]/g, '-')}`.slice(0, 64);
}

async function confirmed({ scopes, level }: FiledKill): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new KitError('COMMAND_INVALID', 'nobody can be asked to confirm', { hint: 'Add --yes.' });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Stop ${scopes.join(' and ')} (${level})? Type yes: `);
  terminal.close();
  return answer.trim() === 'yes';
}

/** The kill at the running edge, watched for a while; undefined where no edge answers. */
async function killRunning(root: string, kill: FiledKill): Promise<KillProgress | undefined> {
  const { v: _v, at: _at, trigger: _trigger, ...wanted } = kill;
  let progress: KillProgress;
  try {
    progress = (await askEdge(root, { command: 'kill', ...wanted }, ANSWER_MS_MAX)) as unknown as KillProgress;
  } catch (error) {
    if (error instanceof KitError && error.code === 'PROCESS_UNREACHABLE') return undefined;
    throw error;
  }
  const endsAt = performance.now() + WATCH_MS_MAX;
  while (!progress.isDone && performance.now() < endsAt) {
    await delay(WATCH_EVERY_MS);
    progress = (await progressOf(root, progress.id)) ?? progress;
  }
  return progress;
}

async function progressOf(root: string, id: string): Promise<KillProgress | undefined> {
  try {
    const all = (await askEdge(root, { command: 'kill-status' }, ANSWER_MS_MAX)) as unknown as readonly KillProgress[];
    return all.find((one) => one.id === id);
  } catch {
    // The kill stands; that its progress cannot be seen just now changes nothing.
    return undefined;
  }
}

async function killAlone(root: string, kill: FiledKill): Promise<OfflineOutcome> {
  const onAlarm = ({ code, message }: IncidentBody): void => void process.stderr.write(`${code}: ${message}\n`);
  const reach = {
    root,
    connectors: CONNECTORS,
    clock: systemClock(),
    monotonicMs: () => performance.now(),
    random: randomBytes,
    sleep: (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal, ref: false }).catch(() => {}),
  };
  // Without its journal nobody knows which orders there are, and venues are asked for everything back.
  const venues = offlineVenues({
    ...reach,
    working: [],
    listener: () => {},
    onUnreachable: (venue, why) => onAlarm(unreachable(venue, why)),
  });
  const open = () => openOfflineEdge({ ...reach, edge: EDGE_ID, onAlarm });
  try {
    return await killOffline(
      { root, open, venues: () => venues, sleep: (ms) => delay(ms), monotonicMs: () => performance.now() },
      kill,
    );
  } finally {
    for (const venue of venues.values()) await venue.close();
  }
}

function tellRunning(progress: KillProgress, tookMs: number): number {
  process.stdout.write(
    `${headOf(progress)} at the running edge (${Math.round(tookMs)} ms).\n${progressText(progress)}`,
  );
  process.stdout.write(releaseHint(progress.id));
  return progress.isDone ? 0 : 3;
}

function tellOffline({ file, journal, progress, failures }: OfflineOutcome, tookMs: number): number {
  const where = {
    recorded: 'no edge runs; the kill is in its journal',
    'taken-over': 'the edge did not answer, found the file of the kill and stopped',
    held: 'an edge runs, does not answer and has not found the file of the kill',
    failed: 'no edge runs, and its journal did not take the kill',
  }[journal];
  // A process that holds the journal and has not found the file may trade on as soon as it wakes, until its next look.
  const isSafe = journal === 'held' ? false : file === 'written' || journal !== 'failed';
  process.stdout.write(`${isSafe ? 'Stopped' : 'NOT CERTAIN TO BE STOPPED'}: ${where} (${Math.round(tookMs)} ms).\n`);
  if (file === 'written' && journal === 'failed') {
    process.stdout.write(
      'The file of the kill is written, and no edge starts to trade on this folder while it is there.\n',
    );
  }
  if (progress !== undefined) process.stdout.write(`${progressText(progress)}${releaseHint(progress.id)}`);
  for (const failure of failures) process.stderr.write(`gatehouse: ${failure}\n`);
  if (file === 'failed' || journal === 'failed' || journal === 'held') return 4;
  return progress === undefined || progress.isDone ? 0 : 3;
}

function headOf({ id, scopes, level }: KillProgress): string {
  return `Stopped ${scopes.join(' and ')} (${level}), kill ${id},`;
}

function progressText({ journal, file, venues, level, isDone }: KillProgress): string {
  const lines = venues.map(
    ({ venue, sent, acknowledged, remaining, unknown, failed, positions, elapsedMs, isDone: isZero }) =>
      `  ${venue}: ${sent} told, ${acknowledged} acknowledged, ${remaining} remaining (${unknown} unknown), ` +
      `${failed} requests failed${level === 'flatten' ? `, ${positions} ${positions === 1 ? 'position' : 'positions'} held` : ''}, ` +
      `${isZero ? `zero after ${elapsedMs} ms` : `not done after ${elapsedMs} ms`}\n`,
  );
  // A pause takes nothing back, so it does not look for orders.
  const none = isDone && lines.length === 0 && level !== 'pause' ? '  no order was working in what it stops\n' : '';
  return `  on record: journal ${journal}, file ${file}\n${none}${lines.join('')}`;
}

function releaseHint(id: string): string {
  return `  to trade on, two people release it: gatehouse release ${id}\n`;
}
