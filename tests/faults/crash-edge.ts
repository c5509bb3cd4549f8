import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readEdgeConfig } from '@gatehouse/edge/config.ts';
import { DEMO_IDENTITY } from '@gatehouse/edge/engine/demo-account.ts';
import { edgeFolders, loadCredentials } from '@gatehouse/edge/engine/edge-files.ts';
import { runEdge } from '@gatehouse/edge/engine/run-edge.ts';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { openSession } from '@gatehouse/edge/session/open-session.ts';
import { sessionSheet } from '@gatehouse/edge/session/session-sheet.ts';
import { onParentStop, tellParent } from '@gatehouse/edge/sync/parent-link.ts';
import type { Connector } from '@gatehouse/edge/venues/define-connector.ts';
import { assert, describeError } from '@gatehouse/shared/errors.ts';
import { JOURNAL_COPY, type Step, type StepMessage } from './crash-steps.ts';
import { CRASH_STRATEGIES } from './crash-strategies.ts';

// The edge's process with its real parts, but for strategies that a test leads and a way to die between two of its steps.

const UINT32 = 2 ** 32;
/** From when on an order certainly never arrived: the receive window of the session is short, and so is this. */
const FINAL_MS = Number(process.argv[2]);

let step: Step | undefined;
process.on('message', (told: StepMessage) => {
  if (told.type !== 'step') return;
  step = told.step;
  process.send?.(told);
});
try {
  await start();
} catch (error) {
  process.stderr.write(`edge: ${describeError(error)}\n`);
  process.exitCode = 1;
}
if (process.connected) process.disconnect();

async function start(): Promise<void> {
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  onParentStop(() => stop.abort());
  const config = readEdgeConfig([]);
  const clock = systemClock();
  const monotonicMs = (): number => performance.now();
  const opened = await openSession(config, { clock, monotonicMs, sleep, random: randomBytes, log });
  const session = { ...opened, strategies: CRASH_STRATEGIES, connector: mortal(opened.connector, config.data) };
  const { terms, loaded } = session;
  assert(terms !== undefined, 'the session of a test comes from a file');
  const sheetFor = sessionSheet({ ...session, terms });
  const made = { instrument: loaded.instrument.id, pace: 'minute', sheetFor } as const;
  const folders = edgeFolders(config.data);
  const credentials = await loadCredentials({
    folders,
    edge: config.edge,
    identity: DEMO_IDENTITY,
    ...made,
    now: clock.now(),
  });
  await runEdge({
    config,
    credentials,
    session,
    release: { release: '0.0.0-crash', runtime: `node ${process.version}` },
    clock,
    random: randomBytes,
    randomUnit: () => randomBytes(4).readUInt32LE() / UINT32,
    monotonicMs,
    tell: tellParent,
    log,
    stop,
  });
}

/** The connector with the steps around its `submit`. */
function mortal(connector: Connector, data: string): Connector {
  return {
    ...connector,
    capabilities: { ...connector.capabilities, notFoundIsFinalAfterMs: FINAL_MS },
    connect: (deps) => {
      const venue = connector.connect(deps);
      const submit = venue.submit.bind(venue);
      venue.submit = (approved) => {
        const due = step;
        step = undefined;
        if (due === 'before-hand-over') die();
        if (due === 'copies-journal') copyJournal(data);
        const handedOver = submit(approved);
        if (due === 'after-hand-over') die();
        return handedOver;
      };
      return venue;
    },
  };
}

/** Nothing runs after it: no handler, no flush, no close. */
function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('dead');
}

/** By another process: one that opens an open database file in its own process drops its lock. */
function copyJournal(data: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', join(data, 'journal'), join(data, JOURNAL_COPY)]);
  assert(status === 0, `the journal was copied: ${stderr}`);
}

function log(line: string): void {
  process.stdout.write(`edge: ${line}\n`);
}
