import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { carefulFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import { hubFolders } from '@gatehouse/hub/config.ts';
import { HUB_ID } from '@gatehouse/hub/hub.ts';
import { ledgerOrigin } from '@gatehouse/hub/ledger/append.ts';
import { loadHubKey } from '@gatehouse/hub/ledger/hub-key.ts';
import { newCodeSecret } from '@gatehouse/hub/people/one-time-code.ts';
import { hashPassword } from '@gatehouse/hub/people/password.ts';
import { loadPeopleKey } from '@gatehouse/hub/people/people-key.ts';
import type { Role } from '@gatehouse/hub/people/permissions.ts';
import { secretSeal } from '@gatehouse/hub/people/sealed-secret.ts';
import type { Database } from '@gatehouse/hub/store/database.ts';
import { peopleStore } from '@gatehouse/hub/store/pages/people-store.ts';
import { generate } from 'otplib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { edgeStream, filledOrder } from '../fixtures/edge-stream.ts';
import { testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const MS_MAX = 480_000;
const script = fileURLToPath(new URL('../../scripts/gatehouse.ts', import.meta.url));
const password = 'long words for a test';
let folder = '';
let server: TestServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-retention-'));
  writeFileSync(join(folder, 'password'), `${password}\n`, { mode: 0o600 });
  server = await startTestServer();
}, MS_MAX);

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** People who have enrolled; each with the secret of their authenticator. */
async function enrolled(
  database: Database,
  people: Readonly<Record<string, Role>>,
): Promise<ReadonlyMap<string, string>> {
  const random = (length: number) => randomBytes(length);
  const seal = secretSeal(await loadPeopleKey(hubFolders(join(folder, 'data')).hub, random), random);
  const passwordHash = await hashPassword(password);
  const secrets = new Map<string, string>();
  await peopleStore(database, async () => undefined).transact(async (rows) => {
    for (const [login, role] of Object.entries(people)) {
      const [personId, secret] = [`P-${login}`, newCodeSecret(random)];
      secrets.set(login, secret);
      const totpSecretSealed = seal.seal(secret, personId);
      const createdAt = '2026-01-05T09:00:00.000000000Z';
      await rows.insertPerson({
        personId,
        login,
        role,
        passwordHash,
        totpSecretSealed,
        totpLastStep: 0,
        status: 'active',
        createdAt,
      });
    }
  });
  return secrets;
}

test(
  'on the command line a record is explained, and only people who sign in propose, approve and hold',
  async () => {
    const { database, url } = await server.database();
    const key = await loadHubKey({
      folder: hubFolders(join(folder, 'data')).hub,
      origin: ledgerOrigin(HUB_ID),
      isSigned: false,
    });
    const hub = testLedger(database, key);
    const edge = edgeStream('edge-1');
    await hub.register(edge);
    await hub.take(edge, edge.batch(edge.add(...filledOrder('O-1'))));
    const secrets = await enrolled(database, { anna: 'compliance-officer', ben: 'compliance-officer', tom: 'trader' });

    const run = (...args: readonly string[]): Promise<{ readonly exit: number | null; readonly said: string }> => {
      const env = { ...process.env, GATEHOUSE_DATA: join(folder, 'data'), DATABASE_URL: url };
      const child = spawn(process.execPath, [script, 'retention', ...args], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text) => (said += text));
      return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (exit) => resolve({ exit, said }));
      });
    };
    const as = async (login: string) => {
      const code = await generate({ secret: secrets.get(login) ?? '', epoch: Math.floor(Date.now() / 1_000) });
      return ['--login', login, '--password-file', 'password', '--code', code];
    };

    expect(await run('explain', 'edge-1:1:1')).toMatchObject({
      exit: 0,
      said: expect.stringContaining('The firm has set no figures yet'),
    });
    expect(await run('classes')).toMatchObject({
      exit: 0,
      said: expect.stringContaining('10 years from the day on which it was made'),
    });
    writeFileSync(join(folder, 'figures.json'), JSON.stringify(carefulFigures('A firm')));
    const figures = ['propose', '--figures', 'figures.json', '--reason', 'Ours.'];
    expect(await run(...figures)).toMatchObject({ exit: 2, said: expect.stringContaining('nobody is named') });
    expect(await run(...figures, ...(await as('tom')))).toMatchObject({
      exit: 2,
      said: expect.stringContaining('retention.propose'),
    });
    const wrong = ['--login', 'anna', '--password-file', 'password', '--code', '000000'];
    expect(await run(...figures, ...wrong)).toMatchObject({ exit: 2, said: expect.stringContaining('is wrong') });
    const proposed = await run(...figures, ...(await as('anna')));
    expect(proposed).toMatchObject({ exit: 0, said: expect.stringContaining('proposed, 0 of 1 approvals') });
    const [id = ''] = /R-[0-9a-f]{12}/.exec(proposed.said) ?? [];
    expect(await run('approve', id, ...(await as('ben')))).toMatchObject({
      exit: 0,
      said: expect.stringContaining('done, 1 of 1'),
    });
    expect(await run('list')).toMatchObject({ exit: 0, said: expect.stringContaining('floor 7 years') });
    expect(await run('explain', '1')).toMatchObject({ exit: 0, said: expect.stringContaining('So it is kept.') });
    expect(await run('hold', 'nothing', '--reason', 'A lawsuit.')).toMatchObject({
      exit: 2,
      said: expect.stringContaining('the scope "nothing"'),
    });
    expect(await run('dispose')).toMatchObject({
      exit: 2,
      said: expect.stringContaining('Usage: gatehouse retention'),
    });
  },
  MS_MAX,
);
