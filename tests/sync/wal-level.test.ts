import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deliverCommands } from '@gatehouse/hub/control/commands/deliver-commands.ts';
import { issueCommand } from '@gatehouse/hub/control/commands/issue-command.ts';
import { connect, type Database } from '@gatehouse/hub/store/database.ts';
import { migrate } from '@gatehouse/hub/store/migrate.ts';
import type { Connection } from '@gatehouse/hub/store/postgres/connection.ts';
import { dataFolderOf } from '@gatehouse/hub/store/postgres/data-folder.ts';
import { startPostgres } from '@gatehouse/hub/store/postgres/start-postgres.ts';
import { createShapeServer } from '@gatehouse/hub/sync/shapes/shape-server.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { openCommand } from '@gatehouse/shared/schema/control.ts';
import { expect, onTestFinished, test } from 'vitest';
import { depositOf, edgeStream } from '../fixtures/edge-stream.ts';
import { testLedger } from '../fixtures/hub-ledger.ts';

// A database of the firm's own with the usual wal_level, which gives nobody its changes.

const MS_MAX = 240_000;
const START_MS_MAX = 120_000;

/** The server program as it ran, with another level: nothing else of it changes. */
async function serverWithoutChanges(): Promise<Connection> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-wal-'));
  chmodSync(folder, 0o711);
  const place = join(folder, 'pg');
  const made = await startPostgres({ folder: place, log: () => undefined });
  const data = dataFolderOf(place);
  const pid = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0];
  const [program, text] = [readlinkSync(`/proc/${pid}/exe`), readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
  const { uid, gid } = statSync(data);
  await made.stop();
  const words = text.split('\0').slice(1, -1);
  const changed = words.map((word) => word.replace('wal_level=logical', 'wal_level=replica'));
  expect(changed).not.toEqual(words);
  const root = process.getuid?.() === 0;
  const child: ChildProcess = spawn(program, changed, { cwd: data, stdio: 'ignore', ...(root ? { uid, gid } : {}) });
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGINT')) await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  return made.connection;
}

async function answering(connection: Connection): Promise<Database> {
  const database = connect(connection);
  onTestFinished(() => database.end({ timeout: 1 }));
  const end = performance.now() + START_MS_MAX;
  for (;;) {
    const level = await database<{ wal_level: string }[]>`SHOW wal_level`.catch(() => undefined);
    if (level !== undefined) {
      expect(level).toEqual([{ wal_level: 'replica' }]);
      return database;
    }
    if (performance.now() > end) throw new Error('the server does not answer');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('I1 with wal_level = replica shapes are refused with the cure, while records, acknowledgements and commands go on', {
  timeout: MS_MAX,
}, async ({ skip }) => {
  if (process.platform !== 'linux') return skip('the words that a server was started with are read on Linux alone');
  const connection = await serverWithoutChanges();
  const database = await answering(connection);
  const clock = systemClock();
  await migrate(database, { now: () => '2026-01-05T09:00:00.000000000Z' });
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const shapes = createShapeServer({ database, target: connection, clock, log });
  onTestFinished(() => shapes.stop());
  await shapes.ready;
  const question = new Request('http://hub/v1/shapes/commands?offset=-1');
  const answer = await shapes.handle(question, { kind: 'edge', edge: 'edge-1' });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await answer.json()).toMatchObject({
    code: 'shapes_unavailable',
    hint: expect.stringContaining('wal_level = logical'),
  });
  expect(lines.filter((line) => line.includes('wal_level'))).toHaveLength(1);

  const hub = testLedger(database);
  onTestFinished(() => hub.ingest.close());
  const edge = edgeStream('edge-1');
  await hub.register(edge);
  expect((await hub.take(edge, edge.batch(edge.add(depositOf('100'))))).acks).toMatchObject([{ seq: 1 }]);

  const notes: string[] = [];
  const delivery = await deliverCommands({ database, clock, publish: (_edge, note) => void notes.push(note), log });
  onTestFinished(() => delivery.stop());
  const deps = { database, appendAct: hub.hubStream.appendAct, clock, signer: hub.signer };
  const wish = { kind: 'kill', edges: ['edge-1'], scopes: ['firm'], level: 'cancel', reason: 'A drill.' } as const;
  const random = (length: number) => randomBytes(length);
  await issueCommand({ ...deps, random }, { personId: 'P-anna', from: '127.0.0.1' }, wish);
  await expect.poll(() => notes.length, { timeout: 30_000 }).toBeGreaterThan(0);
  expect(openCommand(notes[0] ?? '', [parseVerifierKey(hub.signer.verifierKey)])).toMatchObject({
    kind: 'kill',
    seq: 1,
  });
  expect((await hub.verify()).findings).toEqual([]);
});
