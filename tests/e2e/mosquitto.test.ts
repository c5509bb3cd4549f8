import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { witnessAcks } from '../faults/ack-witness.ts';
import { expectSound } from '../faults/expect-sound.ts';
import { canWatchProcesses, freePort, type TestFirm, temporaryFolder, testFirm, until } from '../fixtures/firm.ts';

// A broker that is not ours between both sides, killed and started again in the middle of a replay.

const MOSQUITTO = '/usr/sbin/mosquitto';
const MS_MAX = 300_000;
const READY_MS_MAX = 90_000;
const IDLE_MS_MAX = 45_000;
const KILLS = 2;
const BARS_BETWEEN = 40;
const AWAY_MS = 700;

test(
  'I1 I2 through a real Mosquitto that is killed and comes back, nothing is lost and nothing counts twice',
  async ({ skip }) => {
    const isRequired = process.env['CI'] === 'true';
    if (!isRequired && (!existsSync(MOSQUITTO) || !canWatchProcesses)) return skip(`there is no ${MOSQUITTO}`);
    const broker = await realBroker();
    await broker.start();
    const firm = await testFirm({ env: { MQTT_URL: broker.url } });
    const start = firm.run('start', '--pace', '60', '--until-done');
    expect(await until(async () => (await firm.status())?.uplink?.connected === true, READY_MS_MAX), start.said()).toBe(
      true,
    );
    const witness = witnessAcks(firm.data, broker.url);
    onTestFinished(() => witness.stop());

    for (let round = 0; round < KILLS; round += 1) {
      await trades(firm, BARS_BETWEEN);
      expect((await firm.status())?.phase).toBe('replaying');
      const ackedBefore = (await firm.status())?.uplink?.ackedSeq ?? 0;
      broker.kill();
      expect(await until(async () => (await firm.status())?.uplink?.connected === false, READY_MS_MAX)).toBe(true);
      // The edge goes on without a broker.
      await trades(firm, BARS_BETWEEN);
      const { headSeq = 0, uplink } = (await firm.status()) ?? {};
      expect(headSeq).toBeGreaterThan(uplink?.ackedSeq ?? 0);
      await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
      await broker.start();
      const isAcked = async () => ((await firm.status())?.uplink?.ackedSeq ?? 0) > Math.max(ackedBefore, headSeq);
      expect(await until(isAcked, READY_MS_MAX), 'what waited is acknowledged').toBe(true);
    }
    start.signal('SIGINT');
    expect((await start.ended).exit).toBe(0);

    const last = await firm.command('start', '--pace', '0', '--until-done');
    expect(last.stderr).toBe('');
    expect(last.stdout).toContain('The replay is complete.');
    expect(last.exit).toBe(0);
    expect(await firm.idle(IDLE_MS_MAX)).toEqual([]);
    const { ledger } = await expectSound(firm);
    expect(witness.acks.length).toBeGreaterThan(KILLS);
    expect(witness.acks.filter(({ seq, hash }) => seq > 0 && ledger[seq - 1]?.hash !== hash)).toEqual([]);
  },
  MS_MAX,
);

interface RealBroker {
  readonly url: string;
  start(): Promise<void>;
  kill(): void;
}

async function realBroker(): Promise<RealBroker> {
  const port = await freePort();
  const settings = join(temporaryFolder('mosquitto'), 'mosquitto.conf');
  writeFileSync(
    settings,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 100\n`,
  );
  let running: ChildProcess | undefined;
  const stop = () => void running?.kill('SIGKILL');
  onTestFinished(stop);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    start: async () => {
      running = spawn(MOSQUITTO, ['-c', settings], { stdio: 'ignore' });
      expect(await until(() => answers(port), READY_MS_MAX)).toBe(true);
    },
    kill: () => {
      expect(running?.exitCode).toBeNull();
      stop();
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Waits until so many more bars are done. */
async function trades(firm: TestFirm, bars: number): Promise<void> {
  const goal = ((await firm.status())?.done ?? 0) + bars;
  expect(await until(async () => ((await firm.status())?.done ?? 0) >= goal, READY_MS_MAX)).toBe(true);
}
