import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileConsole } from '@gatehouse/hub/console/compile.ts';
import { tokenHash } from '@gatehouse/hub/people/secret-token.ts';
import { inTransaction, type Transaction } from '@gatehouse/hub/store/database.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis, instantText } from '@gatehouse/shared/values/instant.ts';
import { startTestServer } from '../fixtures/postgres.ts';

// How long the pages of commands and edges take with many commands. Run it by hand, with the number of commands.
const COMMANDS = Number(process.argv[2] ?? 50_000);
const EDGES = 100;
const ROUNDS = 15;
const paths = [
  '/commands',
  '/commands?edge=edge-7',
  '/commands?state=open',
  '/commands?state=refused',
  '/commands?state=sent&kind=pause',
  '/commands?kind=release',
  '/commands?by=officer',
  '/commands?by=nobody',
  '/commands?id=K-0000000c34ff',
  '/commands?from=2026-01-03&to=2026-01-03',
  '/commands?to=2026-01-01',
  '/commands?before=2026-01-02T01:00:00.000000000Z,edge-7,100',
  '/commands?after=2026-01-02T01:00:00.000000000Z,edge-7,100',
  '/edges',
  '/edges/edge-7',
];

const server = await startTestServer();
const folder = await mkdtemp(join(tmpdir(), 'gatehouse-console-'));
try {
  const { database } = await server.database();
  // The rows of years come at once here, whatever the time it takes.
  await inTransaction(database, async (tx) => {
    await tx`SET LOCAL statement_timeout = 0`;
    await fillCommands(tx);
  });
  const { moduleUrl, assets } = await compileConsole(folder);
  const { createConsole } = (await import(moduleUrl)) as typeof import('@gatehouse/hub/console/app.tsx');
  const clock = manualClock(fromMillis(Date.UTC(2026, 0, 5)));
  const never = () => Promise.reject(new Error('not asked for here'));
  const app = createConsole({
    database,
    clock,
    assets,
    appendAct: async () => undefined,
    random: (length) => randomBytes(length),
    peopleKey: randomBytes(32),
    hub: { id: 'hub-1', release: '0.1.0', mark: 'PAPER — DEMO' },
    origin: 'http://localhost:1',
    reports: { list: async () => [], make: never, rerun: never, open: never },
    verifyLedger: never,
    onCommitted: () => () => undefined,
    renderXlsx: never,
    log: (line) => process.stderr.write(`${line}\n`),
  });
  const token = randomBytes(32).toString('base64url');
  const now = instantText(clock.now());
  await database`INSERT INTO person VALUES ('P-1', 'officer', 'administrator', '', '', 0, 'active', ${now})`;
  await database`INSERT INTO web_session VALUES (${tokenHash(token)}, 'P-1', ${now}, ${now}, '')`;
  for (const path of paths) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const from = performance.now();
      const request = new Request(`http://localhost:1${path}`, { headers: { cookie: `gatehouse-local=${token}` } });
      const answer = await app.fetch(request);
      await answer.text();
      if (answer.status !== 200) throw new Error(`${path} answers ${answer.status}`);
      times.push(performance.now() - from);
    }
    const [best = 0, middle = 0] = [Math.min(...times), times.toSorted((a, b) => a - b)[ROUNDS >> 1]];
    process.stdout.write(
      `best ${best.toFixed(0).padStart(5)} ms, median ${middle.toFixed(0).padStart(5)} ms  ${path}\n`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
  await server.stop();
}

/** Every tenth command is still open; the rest are answered. */
async function fillCommands(database: Transaction): Promise<void> {
  const at = (ordinal: string) =>
    `to_char(timestamp '2026-01-01' + ${ordinal} * interval '7 seconds', 'YYYY-MM-DD"T"HH24:MI:SS".000000000Z"')`;
  await database.unsafe(`
    INSERT INTO stream (edge, verifier_key, epoch, seq, hash, status, registered_at)
      SELECT 'edge-' || e, 'k', 1, 0, '', 'live', '2026-01-01' FROM generate_series(0, ${EDGES - 1}) e`);
  await database.unsafe(`
    INSERT INTO commands SELECT 'edge-' || n % ${EDGES}, n / ${EDGES} + 1, 'K-' || lpad(to_hex(n), 12, '0'),
      '{"kind":"kill","level":"cancel","text":"' || repeat('x', 900) || '"}', ${at('n')} FROM generate_series(0, ${COMMANDS - 1}) n`);
  await database.unsafe(`
    INSERT INTO command_issue SELECT 'edge-' || n % ${EDGES}, n / ${EDGES} + 1, 'K-' || lpad(to_hex(n), 12, '0'),
      (ARRAY['kill', 'pause', 'reduce', 'refetch'])[n % 4 + 1], 'tightening', 'hash-' || n, 'P-1', 'A drill.', 'firm', ${at('n')}
      FROM generate_series(0, ${COMMANDS - 1}) n`);
  await database.unsafe('ANALYZE');
  await database.unsafe(`
    INSERT INTO command_answer SELECT 'edge-' || n % ${EDGES}, 'hash-' || n, 'K-' || lpad(to_hex(n), 12, '0'), n / ${EDGES} + 1, 'kill',
      CASE WHEN n % 50 = 7 THEN 'refused' ELSE 'applied' END, 'mqtt', 'Done.', ${at('n')}, ${at('n')}, n
      FROM generate_series(0, ${COMMANDS - 1}) n WHERE n % 10 <> 0`);
  await database.unsafe('ANALYZE');
}
