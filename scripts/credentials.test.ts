import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCredentials } from '@gatehouse/edge/credentials/credentials.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { edgeDataFolder } from './edge-data.ts';

const MS_MAX = 120_000;
const script = fileURLToPath(new URL('./gatehouse.ts', import.meta.url));
const account = ['--venue', 'binance', '--account', 'main'] as const;
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-credentials-cli-'));
  writeFileSync(join(folder, 'pass'), 'four words nobody joins\n', { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Said {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function credentials(input: string, ...args: readonly string[]): Promise<Said> {
  const env = { ...process.env, GATEHOUSE_DATA: join(folder, 'data') };
  const child = spawn(process.execPath, [script, 'credentials', ...args], { cwd: folder, env });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  // A command that refuses at once ends before it has read.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => resolve({ exit, ...said }));
  });
}

test('a credential is set from standard input, listed without a word of it, rotated and removed', {
  timeout: MS_MAX,
}, async () => {
  const seal = ['--passphrase-file', 'pass'] as const;
  const set = await credentials('KEY-one\nSECRET-one\n', 'set', ...account, ...seal);
  expect([set.stderr, set.exit]).toEqual(['', 0]);
  const listed = await credentials('', 'list');
  expect(listed.stdout).toMatch(/^main at binance, fingerprint [0-9a-f]{16}, set \d{4}-\d\d-\d\dT[\d:.]+Z\n$/);

  const open = openCredentials({
    folder: join(edgeDataFolder(join(folder, 'data')), 'credentials'),
    passphrase: readFileSync(join(folder, 'pass'), 'utf8').trim(),
  });
  const secretOf = open.secretOf('binance', 'main');
  expect([secretOf().key, secretOf().secret]).toEqual(['KEY-one', 'SECRET-one']);

  const missing = await credentials('KEY-two\nSECRET-two\n', 'rotate', ...account);
  expect([missing.exit, missing.stderr]).toEqual([2, expect.stringContaining('nobody can be asked for a passphrase')]);
  const pem = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----';
  const rotated = await credentials(`KEY-two\n${pem}\n`, 'rotate', ...account, ...seal);
  expect([rotated.stderr, rotated.exit]).toEqual(['', 0]);
  expect([secretOf().key, secretOf().secret]).toEqual(['KEY-two', pem]);
  for (const { stdout, stderr } of [set, listed, missing, rotated])
    expect(stdout + stderr).not.toMatch(/KEY-(one|two)|SECRET-|MC4C/);

  const removed = await credentials('', 'remove', ...account, '--yes');
  expect(removed.stdout).toContain('Removed: main at binance');
  expect((await credentials('', 'list')).stdout).toBe('There are no venue credentials.\n');
});

test('a secret is never an argument, and half a credential is refused', { timeout: MS_MAX }, async () => {
  const argument = await credentials('', 'set', 'KEY', ...account);
  expect([argument.exit, argument.stderr]).toEqual([2, expect.stringContaining('is not read')]);
  const where = ['--venue', 'binance', '--account', 'half', '--passphrase-file', 'pass'] as const;
  const half = await credentials('KEY-only\n', 'set', ...where);
  expect([half.exit, half.stderr]).toEqual([2, expect.stringContaining('a key on the first line')]);
  expect((await credentials('', 'set')).stderr).toContain('--venue is missing; --account is missing');
  expect(readdirSync(folder).sort()).toEqual(['data', 'pass']);
});
