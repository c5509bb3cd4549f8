import { setTimeout as sleep } from 'node:timers/promises';
import { genesis } from '@gatehouse/shared/journal/chain.ts';
import { expect, test } from 'vitest';
import { clockAt, drafts, EDGE } from './journal-fixture.ts';
import { type AppendMessage, unpackEntries } from './messages.ts';
import { createOutgoing, type LingerBounds } from './outgoing.ts';
import { createSealer } from './sealer.ts';

const PATIENT: LingerBounds = { lingerMs: 60_000, lingerEntriesMax: 9 };

function loaded(bounds: LingerBounds) {
  const posted: AppendMessage[] = [];
  const deps = { clock: clockAt(), random: (bytes: number) => new Uint8Array(bytes), onNotice: () => {} };
  const sealer = createSealer({ head: genesis(EDGE), lastAt: '' }, deps);
  const outgoing = createOutgoing((message) => posted.push(message), bounds);
  return { posted, outgoing, seal: (count: number, note?: string) => sealer.seal(drafts(count, note)) };
}

test('groups that nobody waits for share one message with the one that somebody waits for', () => {
  const { posted, outgoing, seal } = loaded(PATIENT);
  const entries = [...seal(2, 'ümlaut 字 \u{1f600}'), ...seal(1)];
  outgoing.add(entries.slice(0, 2));
  outgoing.add(entries.slice(2));
  expect(posted).toEqual([]);
  outgoing.send();
  outgoing.send();
  expect(posted).toHaveLength(1);
  const rows = posted.flatMap((message) => unpackEntries(structuredClone(message)));
  expect(rows.map(({ seq, hash, headerText, bodyText }) => ({ seq, hash, headerText, bodyText }))).toEqual(
    entries.map(({ header, hash, headerText, bodyText }) => ({ seq: header.seq, hash, headerText, bodyText })),
  );
  expect(rows.map(({ salt }) => [...salt])).toEqual(entries.map(({ salt }) => [...salt]));
});

test('what nobody waits for goes by itself after a moment', async () => {
  const { posted, outgoing, seal } = loaded({ ...PATIENT, lingerMs: 1 });
  outgoing.add(seal(3));
  for (let tries = 0; posted.length === 0 && tries < 1_000; tries += 1) await sleep(5);
  expect(posted.map(({ lengths }) => lengths.length)).toEqual([6]);
});

test('many do not linger', () => {
  const { posted, outgoing, seal } = loaded(PATIENT);
  outgoing.add(seal(9));
  expect(posted).toHaveLength(0);
  outgoing.add(seal(1));
  expect(posted.map(({ lengths }) => lengths.length)).toEqual([20]);
  outgoing.add(seal(10));
  expect(posted).toHaveLength(2);
});
