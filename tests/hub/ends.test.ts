import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canWatchProcesses, kill, testFirm, until } from '../fixtures/firm.ts';

const MS_MAX = 90_000;
const START_MS_MAX = 30_000;
const END_MS_MAX = 20_000;

describe.skipIf(!canWatchProcesses)('what a stop and a second start must not do', () => {
  test('Ctrl-C before the hub is ready leaves no process', { timeout: MS_MAX }, async () => {
    const firm = await testFirm();
    const start = firm.run('start', '--pace', '0');
    expect(await until(() => firm.pid('postgres') !== undefined, START_MS_MAX), start.said()).toBe(true);
    expect(start.said()).not.toContain('Console:');
    start.signal('SIGINT');
    expect((await start.ended).exit).toBe(0);
    expect(await firm.idle(END_MS_MAX)).toEqual([]);
  });

  test('a hub whose port is taken when it comes back finds another one, and the edge finds the hub', {
    timeout: MS_MAX,
  }, async () => {
    const firm = await testFirm();
    const start = firm.run('start', '--pace', '12', '--until-done');
    expect(await until(async () => ((await firm.status())?.uplink?.ackedSeq ?? 0) > 0, START_MS_MAX)).toBe(true);
    const port = Number(readFileSync(join(firm.data, 'hub', 'broker.port'), 'utf8'));
    expect(kill(firm.pid('hub'), 'SIGKILL')).toBe(true);
    const stranger = await listenOn(port);
    const { exit, stdout } = await start.ended;
    stranger.close();
    expect(stdout).toContain('another port than before');
    expect(stdout).toMatch(/Entries sent +(\d+) of \1 acknowledged/);
    expect(exit).toBe(0);
    expect(await firm.idle(END_MS_MAX)).toEqual([]);
  });

  test('--fresh beside a running firm deletes nothing and names who runs', { timeout: MS_MAX }, async () => {
    const firm = await testFirm();
    const start = firm.run('start', '--pace', '200');
    expect(await until(async () => (await firm.status()) !== undefined, START_MS_MAX), start.said()).toBe(true);
    const second = await firm.command('start', '--fresh', '--yes');
    expect(second.exit).toBe(2);
    expect(second.stderr).toContain(`is held by process ${firm.pid('start')}`);
    expect(existsSync(join(firm.data, 'hub', 'hub.key'))).toBe(true);
    expect(await firm.status()).toBeDefined();
    start.signal('SIGINT');
    expect((await start.ended).exit).toBe(0);
  });

  test('--fresh ends the database that a killed firm left, before it deletes', { timeout: MS_MAX }, async () => {
    const firm = await testFirm();
    const start = firm.run('start', '--pace', '200');
    expect(await until(async () => (await firm.status()) !== undefined, START_MS_MAX), start.said()).toBe(true);
    const left = firm.pid('postgres');
    for (const part of ['start', 'hub', 'edge'] as const) kill(firm.pid(part), 'SIGKILL');
    await start.ended;
    expect(firm.pid('postgres')).toBe(left);
    const fresh = await firm.command('start', '--fresh', '--yes', '--pace', '0', '--until-done');
    expect(fresh.stdout).toContain('The replay is complete.');
    expect(fresh.exit).toBe(0);
    expect(await firm.idle(END_MS_MAX)).toEqual([]);
  });
});

/** Takes a port as soon as its holder is gone. */
async function listenOn(port: number): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  const isTaken = await until(async () => {
    server.listen(port, '127.0.0.1');
    return once(server, 'listening').then(
      () => true,
      () => false,
    );
  }, END_MS_MAX);
  expect(isTaken).toBe(true);
  return server;
}
