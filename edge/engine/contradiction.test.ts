import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ack, signAck } from '@gatehouse/shared/journal/ack.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import { expect, test } from 'vitest';
import { readEdgeConfig } from '../config.ts';
import { killWorld, temporaryFolder, type VenueManner } from '../kill/kill-fixture.ts';
import { deadEdge, entriesOf, stillClock } from '../kill/offline-fixture.ts';
import { openSession } from '../session/open-session.ts';
import { createContradiction } from './contradiction.ts';
import { DEMO_IDENTITY } from './demo-account.ts';
import { edgeFolders, loadCredentials } from './edge-files.ts';
import { runEdge } from './run-edge.ts';

const ACK: Ack = { edge: 'edge-1', epoch: 1, seq: 900, hash: 'f'.repeat(64), leaves: null, checkpoint: '' };

interface Ended {
  readonly code: string;
  readonly lines: readonly string[];
  readonly working: readonly string[];
  readonly tookMs: number;
}

/** A running edge with two orders hears of an ack that its journal contradicts. */
async function contradicted(manner: VenueManner, msMax: number, isReachable = true): Promise<Ended> {
  const { killSwitch, deps, venues, enter } = killWorld({ venues: { near: manner } });
  for (const id of ['O-1', 'O-2']) enter({ id, venue: 'near' });
  const near = venues.get('near');
  if (near !== undefined) near.isReachable = isReachable;
  const lines: string[] = [];
  const fromMs = performance.now();
  const ended = Promise.withResolvers<string>();
  const tell = createContradiction({
    ...{
      killSwitch,
      msMax,
      engine: { recorder: { ...deps.recorder, nextSeq: 1 } },
      journal: { head: { seq: 1 } as never },
    },
    log: (line) => void lines.push(line),
    onContradiction: ({ code }) => ended.resolve(code),
  });
  tell('lost', ACK);
  tell('lost', ACK);
  const code = await ended.promise;
  return { code, lines, working: [...(near?.working ?? [])], tookMs: performance.now() - fromMs };
}

test('I16 an edge that the hub contradicts ends only once its orders are taken back, and says that none remains', async () => {
  const { code, lines, working } = await contradicted({ ackMs: 300 }, 20_000);
  expect(code).toBe('JOURNAL_LOST');
  expect(working).toEqual([]);
  expect(lines).toEqual(['near: 2 orders asked back, none remains']);
});

test('a venue that cannot be reached keeps such an edge for a bounded time, and what remains is an alarm', async () => {
  const { lines, working, tookMs } = await contradicted({}, 200, false);
  expect(tookMs).toBeLessThan(5_000);
  expect(working).toEqual(['O-1', 'O-2']);
  expect(lines).toEqual([expect.stringMatching(/^ALARM ORDERS_REMAIN: near: 0 orders asked back, 2 may remain/)]);
});

test('I16 a start that the kept ack contradicts takes the orders of the journal back and writes nothing into it', async () => {
  const root = temporaryFolder();
  await deadEdge(root, 3);
  const before = await entriesOf(root);
  const hub = generateSigner('hub');
  const keyFile = join(root, 'hub.vkey');
  writeFileSync(keyFile, hub.verifierKey);
  writeFileSync(edgeFolders(root).storedAck, signAck(hub, ACK));
  const config = readEdgeConfig([], {
    GATEHOUSE_EDGE_DATA: root,
    GATEHOUSE_EDGE_BROKER: 'mqtt://127.0.0.1:1',
    GATEHOUSE_EDGE_HUB_KEY: keyFile,
  });
  const lines: string[] = [];
  const clock = stillClock();
  const services = {
    clock,
    monotonicMs: () => performance.now(),
    random: randomBytes,
    log: (line: string) => void lines.push(line),
  };
  const session = await openSession(config, { ...services, sleep });
  const folders = edgeFolders(root);
  const credentials = await loadCredentials({ folders, edge: config.edge, identity: DEMO_IDENTITY, now: clock.now() });
  const running = runEdge({
    ...{ ...services, config, credentials, session, randomUnit: () => 0, tell: () => {}, stop: new AbortController() },
    release: { release: 'test', runtime: 'test' },
  });
  await expect(running).rejects.toMatchObject({ code: 'JOURNAL_LOST' });
  expect(lines).toContain('SIM: 3 orders asked back, none remains');
  expect(await entriesOf(root)).toEqual(before);
});
