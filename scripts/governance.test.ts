import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { type OpenedGovernance, openGovernance } from '@gatehouse/edge/governance/governance.ts';
import { createGovernanceRecord } from '@gatehouse/edge/governance/governance-record.ts';
import { listenLocally } from '@gatehouse/edge/sync/local-socket.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { encodeSignerKey, generateSigner } from '@gatehouse/shared/journal/note.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { edgeDataFolder } from './edge-data.ts';

// The commands of people who sign, each in a process of its own, as a person would type them.

const MS_MAX = 240_000;
const script = fileURLToPath(new URL('./gatehouse.ts', import.meta.url));
const legalEntity = 'GATEHOUSEDEMOFIRM008';

interface Said {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-signing-'));
  writeFileSync(join(folder, 'pass'), 'four words nobody joins\n', { mode: 0o600 });
  writeFileSync(join(folder, 'other'), 'four words somebody joins\n', { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);

function gatehouse(...args: readonly string[]): Promise<Said> {
  const env = { ...process.env, GATEHOUSE_DATA: at('data') };
  const child = spawn(process.execPath, [script, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => resolve({ exit, ...said }));
  });
}

async function done(...args: readonly string[]): Promise<string> {
  const said = await gatehouse(...args);
  expect(said.stderr).toBe('');
  expect(said.exit).toBe(0);
  return said.stdout;
}

const sign = (file: string, who: string) =>
  done('sign', file, '--key', `${who}.key`, '--passphrase-file', 'pass', '--yes');

const first = [
  ...['--account', 'main', '--capital', '100000', '--currency', 'USD', '--price', '50', '--instrument', 'X'],
  ...['--venue', 'SIM', '--algorithm', 'ema-cross', '--asset-class', 'etf', '--sector', 'broad-market'],
  ...['--pace', 'live', '--legal-entity', legalEntity, '--maker', 'p-anna'],
] as const;

async function open(edge = 'edge-1'): Promise<OpenedGovernance> {
  const record = createGovernanceRecord();
  const place = { environment: 'paper', legalEntity } as const;
  const { accepted } = record;
  const root = edgeDataFolder(at('data'), edge);
  return openGovernance({ root, edge, place, controls, accepted, at: systemClock().now() });
}

test('from keys to a sheet in force: people sign on their own, and the edge judges what they signed', {
  timeout: MS_MAX,
}, async () => {
  for (const id of ['root-1', 'p-anna', 'p-ben']) await done('keys', 'make', id, '--passphrase-file', 'pass');
  expect(readFileSync(at('p-anna.key'), 'utf8')).not.toContain('PRIVATE');
  if (process.platform !== 'win32') expect(statSync(at('p-anna.key')).mode & 0o077).toBe(0);

  const place = ['--environment', 'paper', '--legal-entity', legalEntity] as const;
  await done('trust', 'init', ...place, '--root', 'root-1.vkey', '--out', 'trust-1');
  expect(await sign('trust-1', 'root-1')).toContain('is signed by root-1.');
  await done('trust', 'add', 'trust-1', '--person', 'p-anna.vkey', '--role', 'limits-maker', '--out', 'trust-2');
  await sign('trust-2', 'root-1');
  const roles = ['--role', 'limits-checker', '--role', 'override-authoriser'] as const;
  await done('trust', 'add', 'trust-2', '--person', 'p-ben.vkey', ...roles, '--out', 'trust-3');
  await sign('trust-3', 'root-1');
  for (const version of [3, 1, 2]) await done('trust', 'apply', `trust-${version}`);

  expect(await done('limits', 'init', ...first, '--checker', 'p-ben', '--out', 'sheet')).toContain(
    'each with its reason',
  );
  const shown = await sign('sheet', 'p-anna');
  expect(shown).toContain('max-order-value@2 for algorithm:ema-cross: valueMax 5000');
  expect(shown).toContain('There is no sheet to compare it with.');
  expect(await sign('sheet', 'p-ben')).toContain('Signed by p-anna (not checked here).');
  expect(await done('limits', 'apply', 'sheet')).toContain('No edge is running');

  const { governance, inbox } = await open();
  expect(inbox.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
  expect(governance.trust.trust.version).toBe(3);
  expect(governance.sheets.held?.sheet).toMatchObject({ sequence: 1, maker: 'p-anna', checkers: ['p-ben'] });

  expect(await done('limits', 'show')).toContain('Limit sheet first number 1, for paper');
  expect(await done('trust', 'show')).toContain('p-ben may sign as limits-checker, override-authoriser');
  await done('limits', 'export', '--out', 'copy');
  expect(readFileSync(at('copy'), 'utf8')).toBe(readFileSync(at('sheet'), 'utf8'));
});

test('people and sheet are carried to another edge, where they wait for its first start', {
  timeout: MS_MAX,
}, async () => {
  // The folder has what the test before it left, once that edge has opened it.
  const versions = ['1', '2', '3'];
  for (const version of versions) {
    expect(await done('trust', 'export', '--version', version, '--out', `carried-${version}`)).toContain(
      'of 3, exactly',
    );
    expect(readFileSync(at(`carried-${version}`), 'utf8')).toBe(readFileSync(at(`trust-${version}`), 'utf8'));
  }
  expect((await gatehouse('trust', 'export', '--version', '4', '--out', 'none')).stderr).toContain('this edge has 3');
  for (const version of versions) await done('trust', 'apply', `carried-${version}`, '--name', 'edge-2');
  expect(await done('limits', 'apply', 'copy', '--name', 'edge-2')).toContain('waits in');
  expect((await gatehouse('limits', 'apply', 'copy', '--name', '../edge-2')).stderr).toContain('no name of an edge');

  const { governance, inbox } = await open('edge-2');
  expect(inbox.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
  expect(governance.sheets.held?.document).toBe(readFileSync(at('sheet'), 'utf8'));
});

test('the next sheet is numbered after the one before it, compared with it, and judged by the running edge', {
  timeout: MS_MAX,
}, async () => {
  const { governance } = await open();
  const root = edgeDataFolder(at('data'));
  const socket = await listenLocally(root, async (request) => {
    if (request.command !== 'limits-apply') throw new Error(request.command);
    const answer = await governance.apply('limits', request.document, { at: systemClock().now(), record: () => {} });
    if (answer.kind === 'refused') throw new KitError('SHEET_REFUSED', answer.says, { problems: answer.problems });
    return { says: answer.says };
  });
  try {
    await done('limits', 'init', ...first, '--out', 'loose');
    const draft = readFileSync(at('loose'), 'utf8').replace('"ratioMax": "100"', '"ratioMax": "200"');
    writeFileSync(at('loose'), draft);
    const difference = await gatehouse('limits', 'diff', 'loose');
    expect(difference.exit).toBe(3);
    expect(difference.stdout).toContain('LOOSENS   order-to-trade-number for firm: ratioMax goes from 100 to 200.');
    expect(await sign('loose', 'p-anna')).toContain('It loosens, so two people sign it.');

    const refused = await gatehouse('limits', 'apply', 'loose');
    expect(refused.exit).toBe(2);
    expect(refused.stderr).toContain('limit sheet first number 2 is refused');
    expect(refused.stderr).toContain('names no checker');
    expect(governance.sheets.held?.sheet.sequence).toBe(1);

    expect(await done('limits', 'apply', 'sheet')).toContain('in force already');
  } finally {
    await socket.close();
  }
});

test('a ticket for one order is written, signed and left for the edge', { timeout: MS_MAX }, async () => {
  const terms = ['--account', 'main', '--trader', 'p-anna', '--algorithm', 'ema-cross', '--instrument', 'X'] as const;
  const order = ['--venue', 'SIM', '--side', 'buy', '--quantity', '150', '--limit-price', '50.00'] as const;
  const place = ['--environment', 'paper', '--legal-entity', legalEntity] as const;
  const what = ['--control', 'max-order-quantity@algorithm:ema-cross', '--reason', 'Asked for in writing.'] as const;
  expect(await done('override', 'make', ...place, ...terms, ...order, ...what, '--out', 'ticket')).toContain(
    'buy 150 X on SIM',
  );
  await sign('ticket', 'p-ben');
  await done('override', 'apply', 'ticket');
  expect((await open()).inbox.at(-1)).toMatchObject({
    kind: 'accepted',
    says: expect.stringContaining('counts for one order'),
  });
  const wrong = await gatehouse('limits', 'apply', 'ticket');
  expect(wrong.stderr).toContain('is of type gatehouse/override/v1, not gatehouse/sheet/v1');
});

test('a key opens with its own passphrase alone, and nothing is signed unseen', { timeout: MS_MAX }, async () => {
  const before = readFileSync(at('sheet'), 'utf8');
  const wrong = await gatehouse('sign', 'sheet', '--key', 'p-ben.key', '--passphrase-file', 'other', '--yes');
  expect([wrong.exit, wrong.stderr]).toEqual([
    2,
    expect.stringContaining('the passphrase does not open the key p-ben'),
  ]);
  const unseen = await gatehouse('sign', 'sheet', '--key', 'p-ben.key', '--passphrase-file', 'pass');
  expect(unseen.stderr).toContain('nobody can be asked to confirm');
  const asked = await gatehouse('sign', 'sheet', '--key', 'p-ben.key');
  expect(asked.stderr).toContain('nobody can be asked for a passphrase');
  expect(readFileSync(at('sheet'), 'utf8')).toBe(before);
  expect((await gatehouse('keys', 'make', 'p-ben', '--passphrase-file', 'pass')).stderr).toContain('cannot be written');
});

test('a person’s key in the open is refused, one of a demonstration is not', { timeout: MS_MAX }, async () => {
  for (const id of ['p-cleo', 'P-demo-x']) {
    writeFileSync(at(`${id}.open`), `${encodeSignerKey(generateSigner(id))}\n`, { mode: 0o600 });
  }
  const refused = await gatehouse('sign', 'sheet', '--key', 'p-cleo.open', '--yes', '--out', 'none');
  expect([refused.exit, refused.stderr]).toEqual([2, expect.stringContaining('holds the key of p-cleo unsealed')]);
  expect(readdirSync(folder)).not.toContain('none');
  expect(await done('sign', 'sheet', '--key', 'P-demo-x.open', '--yes', '--out', 'demo-signed')).toContain(
    'signed by P-demo-x',
  );
});

test.skipIf(process.platform === 'win32')(
  'a key or passphrase that others may read is refused',
  { timeout: MS_MAX },
  async () => {
    chmodSync(at('other'), 0o644);
    const passphrase = await gatehouse('sign', 'sheet', '--key', 'p-ben.key', '--passphrase-file', 'other', '--yes');
    expect(passphrase.stderr).toContain('may be read by others');
    chmodSync(at('p-anna.key'), 0o640);
    const key = await gatehouse('sign', 'sheet', '--key', 'p-anna.key', '--passphrase-file', 'pass', '--yes');
    expect(key.stderr).toContain('p-anna.key may be read by others');
  },
);

test('what is missing is listed at once', { timeout: MS_MAX }, async () => {
  const { exit, stderr } = await gatehouse('limits', 'init', '--account', 'main', '--capital=-5', '--out', 'never');
  expect(exit).toBe(2);
  for (const name of ['capital: not above zero', 'currency: ', 'price: ', 'instrument: ', 'pace: ', 'maker: ']) {
    expect(stderr).toContain(name);
  }
  expect(readdirSync(folder)).not.toContain('never');
});
