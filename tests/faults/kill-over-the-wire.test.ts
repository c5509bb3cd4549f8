import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import type { FiledKill } from '@gatehouse/edge/kill/filed-kill.ts';
import { openOfflineEdge } from '@gatehouse/edge/kill/offline-edge.ts';
import { killOffline, type OfflineOutcome } from '@gatehouse/edge/kill/offline-kill.ts';
import { CONNECTORS } from '@gatehouse/edge/venues/index.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { canWatchProcesses } from '../fixtures/firm.ts';
import { SECRET, until } from '../fixtures/paper-session.ts';
import { type CrashSession, openCrashSession } from './crash-session.ts';

// A kill where no edge runs, at an exchange in another place.

const MS_MAX = 180_000;
const KILL: FiledKill = {
  v: 2,
  id: 'K-wire',
  scopes: ['firm'],
  level: 'cancel',
  by: 'P-1',
  reason: 'A test.',
  at: parseInstant('2026-01-05T09:00:00Z'),
};

describe.skipIf(!canWatchProcesses)('a kill without a running edge', () => {
  test(
    'takes back what stands at an exchange, by the way and the secret of the edge that died',
    async () => {
      const session = await deadWithOrders();
      const { outcome, said } = await killed(session);
      expect(said.join('\n')).toBe('');
      expect(outcome).toMatchObject({ file: 'written', journal: 'recorded', progress: { isDone: true } });
      expect(outcome.progress?.venues.find(({ venue }) => venue === 'BINANCE')).toMatchObject({
        sent: 2,
        remaining: 0,
      });
      expect(session.emulator.history.liveOrdersOf('R')).toEqual([]);
    },
    MS_MAX,
  );

  test(
    'says which exchange is down, counts what remains there, and the next start takes it back',
    async () => {
      const session = await deadWithOrders();
      await session.emulator.unplug();
      const { outcome, said } = await killed(session);
      expect(said.join('\n')).toMatch(/BINANCE is not reached/);
      expect(said.join('\n')).not.toContain(SECRET.secret);
      expect(outcome).toMatchObject({ journal: 'recorded', progress: { isDone: false } });
      expect(outcome.progress?.venues.find(({ venue }) => venue === 'BINANCE')).toMatchObject({ remaining: 2 });
      await session.emulator.plug();
      await session.start();
      await until(
        () => session.emulator.history.liveOrdersOf('R').length === 0,
        () => `the orders were taken back: ${session.said().slice(-2_000)}`,
      );
    },
    MS_MAX,
  );
});

async function deadWithOrders(): Promise<CrashSession> {
  const session = await openCrashSession();
  onTestFinished(() => session.end());
  await session.pass({ rests: 2 });
  await until(
    () => session.emulator.history.liveOrdersOf('R').length === 2,
    () => `two orders stand: ${session.said().slice(-2_000)}`,
  );
  session.killNow();
  await session.gone();
  return session;
}

async function killed({ data }: CrashSession): Promise<{ outcome: OfflineOutcome; said: readonly string[] }> {
  const said: string[] = [];
  const monotonicMs = (): number => performance.now();
  const open = () =>
    openOfflineEdge({
      root: data,
      edge: 'edge-1',
      connectors: CONNECTORS,
      clock: systemClock(),
      monotonicMs,
      random: randomBytes,
      sleep: (ms, signal) => delay(ms, undefined, { signal, ref: false }).catch(() => {}),
      onAlarm: ({ code, message }) => void (code.startsWith('KILL_VENUE') && said.push(message)),
    });
  const outcome = await killOffline(
    { root: data, open, venues: () => new Map(), sleep: (ms) => delay(ms), monotonicMs },
    KILL,
  );
  return { outcome, said };
}
