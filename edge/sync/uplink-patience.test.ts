import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signAck } from '@gatehouse/shared/journal/ack.ts';
import { decodeBatch } from '@gatehouse/shared/journal/batch.ts';
import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { openMemoryJournal } from '../journal/memory-journal.ts';
import type { BrokerLink, BrokerLinkDeps } from './broker-link.ts';
import { openLedgerWitness } from './ledger-witness.ts';
import { startUplink } from './uplink.ts';

const EDGE = 'edge-1';
const RESEND_MS = 1_000;

/** An edge whose line is a list of what was sent, and whose time moves by hand. */
async function staged() {
  const { journal } = openMemoryJournal({
    edge: EDGE,
    clock: manualClock(parseInstant('2026-01-05T09:00:00Z')),
    random: (bytes) => new Uint8Array(bytes),
    emptyState: {},
    onNotice: () => {},
    keep: 'all',
  });
  const hub = generateSigner('hub');
  const keys = [parseVerifierKey(hub.verifierKey)];
  const sent: Buffer[] = [];
  let nowMs = 0;
  let look = (): void => {};
  let line: BrokerLinkDeps | undefined;
  const uplink = startUplink({
    url: 'mqtt://127.0.0.1',
    journal,
    signer: generateSigner(EDGE),
    hub: keys,
    witness: await openLedgerWitness({ path: join(tmpdir(), 'gatehouse-no-such-witness'), hub: keys, epoch: 1 }),
    monotonicMs: () => nowMs,
    random: () => 0,
    onAck: () => {},
    onLoss: () => expect.fail('nothing was lost'),
    onFork: () => expect.fail('nothing was forked'),
    onSetBack: (message) => expect.fail(message),
    onRefuted: (message) => expect.fail(message),
    resendMs: RESEND_MS,
    openLink: (deps): BrokerLink => {
      line = deps;
      const publish = (_: string, bytes: Buffer): void => void sent.push(bytes);
      return { isConnected: true, bufferedBytes: 0, version: 4, refusal: undefined, publish, stop: async () => {} };
    },
    timers: {
      after: () => () => {},
      every: (_, work) => {
        look = work;
        return () => {};
      },
    },
  });
  const answer = (seq: number, hash: string): void => {
    const ack = { edge: EDGE, epoch: 1, seq, hash, leaves: null, checkpoint: '' };
    line?.onMessage(Buffer.from(signAck(hub, ack)));
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    journal,
    answer,
    connect: () => line?.onConnect(),
    /** Lets time go by, a look at a time; gives back how often the entries were sent. */
    wait: async (ms: number): Promise<number> => {
      sent.length = 0;
      for (let gone = 0; gone < ms; gone += RESEND_MS / 2) {
        nowMs += RESEND_MS / 2;
        look();
        await settle();
        await settle();
      }
      return sent.filter((bytes) => decodeBatch(bytes).entries.length > 0).length;
    },
    settle,
    stop: () => uplink.stop(),
  };
}

test('what a hub does not answer is sent again ever less often, and as often as ever once it has answered', async () => {
  const { journal, answer, connect, wait, settle, stop } = await staged();
  const { head: before } = journal;
  journal.append([{ kind: 'incident', body: { v: 1, code: 'CLOCK_STEP', severity: 'notice', message: 'one' } }]);
  const first = journal.head;
  connect();
  await settle();
  answer(before.seq, before.hash);
  await settle();
  await settle();
  // After one patience, two, four and eight, and every eight from there on.
  expect(await wait(16 * RESEND_MS)).toBe(4);
  expect(await wait(16 * RESEND_MS)).toBe(2);

  answer(first.seq, first.hash);
  journal.append([{ kind: 'incident', body: { v: 1, code: 'CLOCK_STEP', severity: 'notice', message: 'two' } }]);
  await settle();
  await settle();
  expect(await wait(2 * RESEND_MS)).toBe(1);
  await stop();
});
