import { quantity } from '@gatehouse/shared/values/amounts.ts';
import { expect, test } from 'vitest';
import { anOrder, aRestingOrder, type CcxtSession, openSession, soon } from '../contract/ccxt-session.ts';

/** Far beyond what a slow machine needs; a connector that stalls still fails. */
const TIME_LIMIT_MS = 240_000;
const PATIENCE = { timeout: 60_000, interval: 50 };
const ACCEPTED_SHARE_MIN = 0.999;
/** As many at once as fit under the connector's share of the exchange's limits. */
const ROOMY = { ordersPerTenSeconds: 100_000, weightPerMinute: 1_000_000 };

/** A session that waits for its turn longer than anything here takes. */
function openRoomy(): Promise<CcxtSession> {
  return openSession({
    emulator: { limits: ROOMY },
    settings: { requestTimeoutMs: 30_000, recvWindowMs: 30_000, queue: { max: 1_000, waitMs: 60_000 } },
  });
}

async function isSent(session: CcxtSession, order: ReturnType<typeof anOrder>): Promise<boolean> {
  return session.submit(order).then(
    () => true,
    () => false,
  );
}

/** What the exchange itself says of each id, beside what was told of it. */
async function expectKnown(session: CcxtSession, ids: readonly string[], state: string): Promise<void> {
  const states: string[] = [];
  for (const id of ids) states.push((await session.venue.query(id)).state);
  expect(states.filter((one) => one !== state && one !== 'not-found' && one !== 'rejected')).toEqual([]);
  const accepted = session.told().filter((line) => line.endsWith(' accepted'));
  expect(accepted.length).toBe(states.filter((one) => one === state).length);
  expect(new Set(accepted).size).toBe(accepted.length);
  expect(accepted.length / ids.length).toBeGreaterThanOrEqual(ACCEPTED_SHARE_MIN);
  expect(session.emulator.history.acceptedTwice('O-')).toEqual([]);
}

test(
  '500 orders, one after the other: at least 99.9 % are accepted, and the state of each is known',
  async () => {
    const session = await openRoomy();
    const ids = Array.from({ length: 500 }, (_, count) => `O-${count}`);
    const startedAt = performance.now();
    for (const id of ids) await isSent(session, anOrder(id, { quantity: quantity('0.1') }));
    const tookMs = performance.now() - startedAt;
    await soon(
      () => expect(session.told().filter((line) => line.endsWith(' last'))).toHaveLength(ids.length),
      PATIENCE,
    );
    await expectKnown(session, ids, 'filled');
    process.stdout.write(`500 orders in sequence over the wire: ${(tookMs / ids.length).toFixed(1)} ms each\n`);
  },
  TIME_LIMIT_MS,
);

test(
  '100 orders at once: at least 99.9 % are accepted, and the state of each is known',
  async () => {
    const session = await openRoomy();
    const ids = Array.from({ length: 100 }, (_, count) => `O-${count}`);
    const startedAt = performance.now();
    await Promise.all(ids.map((id) => isSent(session, aRestingOrder(id, { quantity: quantity('0.1') }))));
    const tookMs = performance.now() - startedAt;
    await soon(
      () => expect(session.told().filter((line) => line.endsWith(' accepted'))).toHaveLength(ids.length),
      PATIENCE,
    );
    await expectKnown(session, ids, 'working');
    expect((await session.venue.account()).orders).toHaveLength(ids.length);
    process.stdout.write(`100 orders at once over the wire: ${tookMs.toFixed(0)} ms\n`);
  },
  TIME_LIMIT_MS,
);
