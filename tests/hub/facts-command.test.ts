import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { judgeDatedFile } from '@gatehouse/shared/governance/verify-dated-file.ts';
import { encodeSignerKey, generateSigner } from '@gatehouse/shared/journal/note.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Trust } from '@gatehouse/shared/schema/governance.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const MS_MAX = 480_000;
const script = fileURLToPath(new URL('../../scripts/gatehouse.ts', import.meta.url));
const legalEntity = 'GATEHOUSEDEMOFIRM008';
const from = '2020-01-01T00:00:00.000000000Z';
let folder = '';
let server: TestServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-facts-'));
  server = await startTestServer();
}, MS_MAX);

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test(
  'a file is proposed and signed on the command line, and is not published where nobody’s signature is known',
  async () => {
    const { url } = await server.database();
    const run = (...args: readonly string[]): Promise<{ readonly exit: number | null; readonly said: string }> => {
      const env = { ...process.env, GATEHOUSE_DATA: join(folder, 'data'), DATABASE_URL: url };
      const child = spawn(process.execPath, [script, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text) => (said += text));
      return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (exit) => resolve({ exit, said }));
      });
    };
    const people = ['P-demo-maker', 'P-demo-checker'].map(generateSigner);
    for (const person of people) {
      writeFileSync(join(folder, `${person.name}.key`), `${encodeSignerKey(person)}\n`, { mode: 0o600 });
    }
    const content = JSON.stringify({ v: 1, kind: 'restrictions', asOf: from, source: 'Compliance.', rows: [] });
    writeFileSync(join(folder, 'restrictions.json'), content);

    const where = ['--entity', legalEntity, '--environment', 'paper', '--reason', 'A mandate.', '--out', 'list.note'];
    const proposed = await run('facts', 'propose', 'restrictions.json', ...where);
    expect(proposed).toMatchObject({ exit: 0, said: expect.stringContaining('File restrictions number 1, for paper') });
    for (const { name } of people) {
      expect(await run('sign', 'list.note', '--key', `${name}.key`, '--yes')).toMatchObject({ exit: 0 });
    }
    const note = readFileSync(join(folder, 'list.note'), 'utf8');
    const trust = decode(
      Trust,
      {
        ...{ v: 1, version: 1, environment: 'paper', legalEntity, at: from, threshold: 1 },
        roots: [generateSigner('root-1').verifierKey],
        people: people.map(({ name, verifierKey }, index) => {
          return { id: name, key: verifierKey, roles: [index === 0 ? 'limits-maker' : 'limits-checker'], from };
        }),
      },
      'the trust',
    );
    const judged = judgeDatedFile({ note, content }, { trust, before: { kind: 'none' }, at: systemClock().now() });
    expect(judged).toMatchObject({ kind: 'verified', signedBy: ['P-demo-maker', 'P-demo-checker'] });

    const published = await run('facts', 'publish', 'list.note', 'restrictions.json');
    expect(published).toMatchObject({ exit: 2, said: expect.stringContaining('no trust document of') });
    expect(await run('facts', 'list')).toMatchObject({
      exit: 0,
      said: expect.stringContaining('gives no dated files'),
    });
    expect(await run('facts', 'propose')).toMatchObject({ exit: 2 });
  },
  MS_MAX,
);
