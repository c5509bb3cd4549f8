import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { consistencyProof, inclusionProof, leafHash, rootOf } from '@gatehouse/shared/journal/merkle.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import { CHECKPOINT_PATH } from '@gatehouse/shared/journal/tile-path.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { madeLog } from '../fixtures/log-archive.ts';

// Go's packages are read from where Debian's golang-golang-x-mod-dev puts them, so that nothing is fetched.
const GO_PATH = '/usr/share/gocode';
const hasGo = existsSync(`${GO_PATH}/src/golang.org/x/mod/sumdb/tlog`) && spawnSync('go', ['version']).status === 0;
if (!hasGo) {
  process.stdout.write('skipped: the verifier in Go needs Debian’s golang-go and golang-golang-x-mod-dev\n');
}

const SIZE = 66_000;
const signer = generateSigner('gatehouse.local/hub-1');
const headers = Array.from({ length: SIZE }, (_, index) => `{"entry":${index}}`);
const leaves = headers.map((header) => leafHash(header));
let folder = '';
let program = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-stranger-'));
  if (!hasGo) return;
  program = join(folder, 'stranger');
  const source = fileURLToPath(new URL('./stranger.go', import.meta.url));
  const environment = { GO111MODULE: 'off', GOPATH: GO_PATH, GOCACHE: join(folder, 'cache'), GOFLAGS: '' };
  execFileSync('go', ['build', '-o', program, source], { env: { PATH: process.env['PATH'], ...environment } });
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(files: ReadonlyMap<string, Uint8Array>): string {
  const log = mkdtempSync(join(folder, 'log-'));
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(log, path)), { recursive: true });
    writeFileSync(join(log, path), bytes);
  }
  return log;
}

function stranger(log: string, ...wish: readonly (string | number)[]) {
  const ran = spawnSync(program, [log, signer.verifierKey, ...wish.map(String)], { encoding: 'utf8' });
  return { status: ran.status, says: ran.stderr.trim(), found: ran.status === 0 ? JSON.parse(ran.stdout) : undefined };
}

const text = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('base64'));

test.runIf(hasGo)(
  'a verifier that is not ours reads signature, tiles, entries and proofs as we do',
  { timeout: 300_000 },
  () => {
    const log = written(madeLog(signer, headers));
    const wishes = [
      [0, 1],
      [SIZE - 1, 65_536],
      [12_345, 300],
      [65_536, SIZE - 1],
    ] as const;
    const { status, says, found } = stranger(log, ...wishes.flat());
    expect({ status, says }).toEqual({ status: 0, says: '' });
    const proofs = wishes.map(([index, old]) => ({
      record: text(inclusionProof(leaves, index, SIZE)),
      growth: text(consistencyProof(leaves, old, SIZE)),
      oldRoot: text([rootOf(leaves.slice(0, old))])[0],
    }));
    expect(found).toEqual({ origin: 'gatehouse.local/hub-1', size: SIZE, entries: SIZE, proofs });
  },
);

test.runIf(hasGo)('what was changed is found by a verifier that is not ours', { timeout: 300_000 }, () => {
  const small = madeLog(signer, headers.slice(0, 700));
  const changed = (change: (files: Map<string, Buffer>) => void) => {
    const files = new Map([...small].map(([path, bytes]) => [path, Buffer.from(bytes)]));
    change(files);
    return stranger(written(files));
  };
  const flip = (path: string, at: number) => (files: Map<string, Buffer>) => {
    const bytes = files.get(path) ?? Buffer.alloc(0);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
  };
  expect(changed(() => undefined).status).toBe(0);
  expect(changed(flip('tile/entries/001', 4))).toMatchObject({ status: 3, says: 'entry 256 is not in its tile' });
  expect(changed(flip('tile/0/001', 40)).status).toBe(3);
  expect(changed(flip('tile/1/000.p/2', 3)).status).toBe(3);
  expect(changed(flip(CHECKPOINT_PATH, 30)).status).toBe(3);
  expect(changed((files) => void files.delete('tile/entries/002.p/188')).status).toBe(3);
});
