import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KILL_NAME } from '@gatehouse/edge/kill/kill-file.ts';
import { askEdge, type EdgeQuestion } from '@gatehouse/edge/sync/local-socket.ts';
import { cosign, decodeSignerKey } from '@gatehouse/shared/journal/note.ts';
import { expect, onTestFinished, test } from 'vitest';
import { CHECKOUT, canWatchProcesses, EDGE, kill, type TestFirm, testFirm, until } from '../fixtures/firm.ts';
import { readJournal } from './firm-facts.ts';

// The kill switch of a real edge process: while it trades, while it hangs, while there is none, and across kill -9.

const MS_MAX = 240_000;
const READY_MS_MAX = 90_000;
/** So slow that no replay comes to its end while a test looks at it. */
const PACE_SECONDS = '600';
/** Units: milliseconds after the request. */
const DEATHS_AFTER_MS = [0, 1, 3, 10, 40];

interface Edge {
  readonly pid: number;
  readonly ended: Promise<number | null>;
}

function rootOf({ data }: TestFirm): string {
  return join(data, 'edge', EDGE);
}

/** Starts the edge of a firm by itself, trading. */
async function startEdge(firm: TestFirm, isTrading = true): Promise<Edge> {
  const node = process.execPath;
  const env = { ...process.env, GATEHOUSE_EDGE_DATA: rootOf(firm), GATEHOUSE_EDGE_PACE_SECONDS: PACE_SECONDS };
  const child: ChildProcess = spawn(node, [join(CHECKOUT, 'edge', 'main.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid = 0 } = child;
  onTestFinished(() => void kill(pid, 'SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data: Buffer) => {
      said += data.toString();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  const isReady = await until(async () => {
    if (hasEnded) throw new Error(`the edge ended: ${said}`);
    const status = await firm.status();
    return status !== undefined && (!isTrading || (status.tally['filled'] ?? 0) > 0);
  }, READY_MS_MAX);
  expect(isReady, said).toBe(true);
  return { pid, ended };
}

function kills(firm: TestFirm): readonly string[] {
  return readJournal(firm.data).flatMap(({ kind, body }) => (kind === 'kill' ? [`${body['id']}`] : []));
}

/** No order is let through after a kill in the journal, and nothing is sent. */
function expectNothingSentAfterKill(firm: TestFirm): void {
  const facts = readJournal(firm.data);
  const from = facts.findIndex(({ kind }) => kind === 'kill');
  const after = facts.slice(from).filter(({ kind, body }) => kind === 'order' && body['state'] === 'sent');
  expect(from).toBeGreaterThan(-1);
  expect(after).toEqual([]);
}

function idIn(text: string): string {
  return /gatehouse release (\S+)/.exec(text)?.[1] ?? 'none';
}

async function killByCommand(firm: TestFirm, ...args: readonly string[]) {
  return firm.command('kill', '--yes', '--reason', 'A test of the switch.', ...args);
}

test.skipIf(!canWatchProcesses)(
  'I16 a running edge stops at once, stays stopped across restarts, and goes on only with two signatures',
  async () => {
    const firm = await testFirm();
    const edge = await startEdge(firm);
    const { stdout, stderr, exit } = await killByCommand(firm, '--scope', 'firm', '--level', 'cancel');
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/Stopped firm \(cancel\).* at the running edge/);
    expect(stdout).toMatch(/on record: journal durable, file durable/);
    process.stdout.write(stdout);
    const id = idIn(stdout);
    const epoch = (await firm.status())?.haltEpoch;
    kill(edge.pid, 'SIGKILL');
    await edge.ended;

    const again = await startEdge(firm, false);
    expect((await firm.status())?.haltEpoch).toBe(epoch);
    const before = (await firm.status())?.tally['approved'];
    const path = join(firm.data, 'release.txt');
    const prepared = await firm.command('release', id, '--reason', 'The test is over.', '--out', path);
    expect(prepared.stderr).toBe('');
    const [first, second] = demoKeys(firm);
    const text = readFileSync(path, 'utf8');
    const alone = first.sign(text);
    await expect(askEdge(rootOf(firm), { command: 'release-apply', document: alone })).rejects.toThrow(/signed by/);
    await expect(askEdge(rootOf(firm), { command: 'release-apply', document: cosign(alone, first) })).rejects.toThrow();
    expect((await firm.status())?.tally['approved']).toBe(before);
    const both = cosign(alone, second);
    expect(await askEdge(rootOf(firm), { command: 'release-apply', document: both })).toMatchObject({ kill: id });
    const goesOn = await until(
      async () => ((await firm.status())?.tally['approved'] ?? 0) > (before ?? 0),
      READY_MS_MAX,
    );
    expect(goesOn).toBe(true);
    await askEdge(rootOf(firm), { command: 'stop' });
    expect(await again.ended).toBe(0);
    const facts = readJournal(firm.data);
    const from = facts.findIndex(({ kind }) => kind === 'kill');
    const to = facts.findIndex(({ kind }) => kind === 'release');
    const sent = facts.slice(from, to).filter(({ kind, body }) => kind === 'order' && body['state'] === 'sent');
    expect(to).toBeGreaterThan(from);
    expect(sent).toEqual([]);
    expect(facts.some(({ kind, body }) => kind === 'incident' && body['code'] === 'RELEASE_REFUSED')).toBe(true);
  },
  MS_MAX,
);

test.skipIf(!canWatchProcesses)(
  'an edge that hangs is stopped by the file as soon as it goes on, and one that does not run by its journal',
  async () => {
    const firm = await testFirm();
    const edge = await startEdge(firm);
    kill(edge.pid, 'SIGSTOP');
    const hung = await killByCommand(firm);
    expect(hung.exit).toBe(4);
    expect(hung.stdout).toMatch(/^NOT CERTAIN TO BE STOPPED: an edge runs, does not answer/);
    expect(hung.stderr).toMatch(/held by process/);
    kill(edge.pid, 'SIGCONT');
    expect(await until(async () => (await firm.status())?.trading === 'halted', READY_MS_MAX)).toBe(true);
    kill(edge.pid, 'SIGKILL');
    await edge.ended;
    expectNothingSentAfterKill(firm);

    const offline = await killByCommand(firm, '--scope', 'algorithm:ema-cross', '--scope', 'venue:SIM');
    expect(offline.stderr).toBe('');
    expect(offline.exit).toBe(0);
    expect(offline.stdout).toMatch(/no edge runs; the kill is in its journal/);
    process.stdout.write(offline.stdout);
    expect(kills(firm)).toHaveLength(2);
    expect((await firm.command('verify', 'journal')).exit).toBe(0);
    await startEdge(firm, false);
    expect((await firm.status())?.trading).toBe('halted');
  },
  MS_MAX,
);

test.skipIf(!canWatchProcesses)(
  'kill -9 at any moment of a kill: once it was answered or filed, no later start trades',
  async () => {
    const firm = await testFirm();
    for (const [round, afterMs] of DEATHS_AFTER_MS.entries()) {
      const edge = await startEdge(firm, round === 0);
      const id = `K-round-${round}`;
      const by = `P-${round}`;
      const question: EdgeQuestion = { command: 'kill', id, scopes: ['firm'], level: 'cancel', by, reason: 'A test.' };
      const answered = askEdge(rootOf(firm), question).then(
        () => true,
        () => false,
      );
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      kill(edge.pid, 'SIGKILL');
      await edge.ended;
      const isAnswered = await answered;
      const isFiled = readdirSync(rootOf(firm)).includes(KILL_NAME);
      const isKnown = kills(firm).includes(id);
      process.stdout.write(
        `death ${afterMs} ms after the request: answered ${isAnswered}, filed ${isFiled}, known ${isKnown}\n`,
      );
      if (isAnswered) expect(isKnown || isFiled).toBe(true);
    }
    const last = await startEdge(firm, false);
    const halted = await killByCommand(firm);
    expect(halted.exit).toBe(0);
    await askEdge(rootOf(firm), { command: 'stop' });
    await last.ended;
    expectNothingSentAfterKill(firm);
    expect(new Set(kills(firm)).size).toBe(kills(firm).length);
  },
  MS_MAX,
);

function demoKeys(firm: TestFirm) {
  const folder = join(rootOf(firm), 'governance', 'demo-keys');
  const keys = readdirSync(folder)
    .filter((name) => name.endsWith('.key') && !name.includes('root'))
    .map((name) => decodeSignerKey(readFileSync(join(folder, name), 'utf8')));
  const [first, second] = keys;
  if (first === undefined || second === undefined) throw new Error('there are two people in a demonstration');
  return [first, second] as const;
}
