import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeError, exitCodeOf } from '@gatehouse/shared/errors.ts';
import { genesis } from '@gatehouse/shared/journal/chain.ts';
import { signCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { cosignatureLine, cosignerKey } from '@gatehouse/shared/journal/cosignature.ts';
import { sealEntry } from '@gatehouse/shared/journal/entry.ts';
import { inclusionProof, leafHash } from '@gatehouse/shared/journal/merkle.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import { recordExtra } from '@gatehouse/shared/journal/record-proof.ts';
import { encodeProof } from '@gatehouse/shared/journal/tlog-proof.ts';
import { expect, onTestFinished, test, vi } from 'vitest';
import { command } from '../../scripts/verify.ts';
import { archiveFolder, checkpointAt, madeEntries, madeLog } from '../fixtures/log-archive.ts';

const signer = generateSigner('gatehouse.local/hub-1');
const witness = generateSigner('auditor.example/w1');
const headers = madeEntries('edge-1', 300).map(({ headerText }) => headerText);
const root = fileURLToPath(new URL('../../', import.meta.url));

function written(files: ReadonlyMap<string, Uint8Array | string>): string {
  const folder = archiveFolder();
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return folder;
}

/** The command, in this process. */
async function verify(...args: readonly string[]) {
  const said = { out: '', err: '' };
  const hear = (name: 'out' | 'err') => (text: string | Uint8Array) => {
    said[name] += text;
    return true;
  };
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(hear('out'));
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(hear('err'));
  try {
    return { exit: await command.run(args), ...said };
  } catch (error) {
    return { exit: exitCodeOf(error), out: said.out, err: describeError(error) };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

test('a stranger needs no data folder and no database', () => {
  const log = written(madeLog(signer, headers));
  const args = ['verify', '--log', log, '--key', signer.verifierKey];
  const ran = spawnSync(process.execPath, [join(root, 'scripts/gatehouse.ts'), ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], GATEHOUSE_DATA: '/nonexistent/gatehouse' },
  });
  expect(ran).toMatchObject({ status: 0, stderr: '' });
  expect(ran.stdout).toContain('300 entries of 1 streams and 3 tiles verify, gatehouse.local/hub-1 signed 300 entries');
});

test('a log verifies by its files and the public key alone, whole and in part, with what was seen before', async () => {
  const note = checkpointAt(signer, headers);
  const extra = {
    'hub.vkey': signer.verifierKey,
    old: checkpointAt(signer, headers.slice(0, 90)),
    checkpoint: cosigned(note),
  };
  const log = written(new Map<string, Uint8Array | string>([...madeLog(signer, headers), ...Object.entries(extra)]));
  const keyed = ['--log', log, '--key', join(log, 'hub.vkey')];

  const whole = await verify(...keyed, '--seen', join(log, 'old'), '--witness', cosignerKey(witness));
  expect(whole).toMatchObject({ exit: 0, err: '' });
  expect(whole.out).toContain('300 entries of 1 streams and 3 tiles verify');
  expect(whole.out).toContain('it holds all of 90 entries that were seen before');
  expect(whole.out).toContain('auditor.example/w1 saw it on 2027-01-15T08:00:00.000Z');

  const part = await verify(...keyed, '--range', '250-260', '--seen', join(log, 'old'));
  expect(part).toMatchObject({ exit: 0, err: '' });
  expect(part.out).toContain('entries 250 to 260 verify');
  const one = await verify(...keyed, '--entry', '299');
  expect(one).toMatchObject({ exit: 0, err: '' });
  expect(one.out).toContain(headers[299]);
  expect(await verify(...keyed, '--entry', '300')).toMatchObject({ exit: 2 });

  expect(await verify(...keyed, '--witness', cosignerKey(other))).toMatchObject({ exit: 3 });
  expect(await verify('--log', log, '--key', generateSigner(signer.name).verifierKey)).toMatchObject({ exit: 3 });
});

const other = generateSigner('auditor.example/w2');
const textOf = (note: string): string => note.slice(0, note.lastIndexOf('\n\n') + 1);
const cosigned = (note: string, at = 1_800_000_000): string => `${note}${cosignatureLine(witness, textOf(note), at)}\n`;

test('every witness has signed for itself: the lines of one do not stand for another', async () => {
  const twice = `${cosigned(checkpointAt(signer, headers))}${cosignatureLine(witness, textOf(checkpointAt(signer, headers)), 1_900_000_000)}\n`;
  const log = written(new Map<string, Uint8Array | string>([...madeLog(signer, headers), ['checkpoint', twice]]));
  const keyed = ['--log', log, '--key', signer.verifierKey, '--witness', cosignerKey(witness)];
  expect(await verify(...keyed, '--witness', cosignerKey(witness))).toMatchObject({ exit: 0 });
  const both = await verify(...keyed, '--witness', cosignerKey(other));
  expect(both).toMatchObject({ exit: 3 });
  expect(both.err).toContain('not cosigned by auditor.example/w2');
  const early = await verify(...keyed, '--witness', 'no key');
  expect(early).toMatchObject({ exit: 2, out: '' });
});

test('a log that shows its witnesses another checkpoint than the one that was verified is refused', async () => {
  const files = madeLog(signer, headers);
  const shown = [checkpointAt(signer, headers), cosigned(checkpointAt(generateSigner('another.example/log'), headers))];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    const bytes = path === 'checkpoint' ? (shown.shift() ?? '') : files.get(path);
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const log = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const result = await verify('--log', log, '--key', signer.verifierKey, '--witness', cosignerKey(witness));
  expect(result).toMatchObject({ exit: 3 });
  expect(result.err).toContain('not cosigned by auditor.example/w1');
});

test('a checkpoint that was seen of another log is refused, not passed over', async () => {
  const strange = signCheckpoint(signer, { origin: 'gatehouse.local/other', size: 9, root: Buffer.alloc(32) });
  const log = written(new Map<string, Uint8Array | string>([...madeLog(signer, headers), ['seen', strange]]));
  for (const part of [[], ['--entry', '5']]) {
    const result = await verify('--log', log, '--key', signer.verifierKey, '--seen', join(log, 'seen'), ...part);
    expect(result).toMatchObject({ exit: 3, out: '' });
    expect(result.err).toContain('the checkpoint is of gatehouse.local/other');
  }
});

test('a log that was changed, cut or rewritten is told by its findings and exit code 3', async () => {
  const files = madeLog(signer, headers);
  const keyed = (log: string) => ['--log', log, '--key', signer.verifierKey];
  const bundle = Buffer.from(files.get('tile/entries/000') ?? '');
  bundle[40] = (bundle[40] ?? 0) ^ 1;
  const edited = await verify(...keyed(written(new Map([...files, ['tile/entries/000', bundle]]))));
  expect(edited).toMatchObject({ exit: 3 });
  expect(edited.err).toContain('"code":"tile-differs","path":"tile/0/000"');

  const log = written(
    new Map<string, Uint8Array | string>([...files, ['seen', checkpointAt(signer, headers.slice(0, 200))]]),
  );
  const seen = ['--seen', join(log, 'seen')];
  const cut = await verify(...keyed(written(madeLog(signer, headers.slice(0, 150)))), ...seen);
  expect(cut.exit).toBe(3);
  expect(cut.err).toContain('the log ends at 150: its end is gone');
  const strange = madeEntries('edge-2', 300).map(({ headerText }) => headerText);
  const rewritten = written(madeLog(signer, [...headers.slice(0, 100), ...strange.slice(0, 200)]));
  expect((await verify(...keyed(rewritten), ...seen)).err).toContain('it was rewritten');
  expect(await verify(...keyed(rewritten), ...seen, '--entry', '5')).toMatchObject({ exit: 3 });
});

test('one record and a file that it names verify from a proof alone', async () => {
  const file = Buffer.from('a report\n');
  const sha256 = createHash('sha256').update(file).digest('hex');
  const clock = { source: 'manual', offsetNs: '0', uncertaintyNs: '0' };
  const entry = sealEntry({
    head: genesis('hub'),
    at: { at: '2026-01-05T09:00:00.000000000Z', clock },
    kind: 'act',
    body: { v: 1, action: 'report.downloaded', by: 'P-officer', after: { format: 'pdf', sha256 } },
    salt: Buffer.alloc(16, 1),
  });
  const leaves = [...headers, entry.headerText];
  const hashes = inclusionProof(
    leaves.map((leaf) => leafHash(leaf)),
    300,
    301,
  );
  const proof = { index: 300, hashes, checkpoint: cosigned(checkpointAt(signer, leaves)) };
  const proven = (bodyText: string) =>
    encodeProof({ ...proof, extra: recordExtra({ headerText: entry.headerText, salt: entry.salt, bodyText }) });
  const folder = written(
    new Map([
      ['act.tlog-proof', proven(entry.bodyText)],
      ['false.tlog-proof', proven(entry.bodyText.replace('P-officer', 'P-another'))],
      [
        'bare.tlog-proof',
        encodeProof({ ...proof, extra: recordExtra({ headerText: entry.headerText, salt: null, bodyText: null }) }),
      ],
      ['report.pdf', file.toString()],
      ['changed.pdf', 'a better report\n'],
    ]),
  );
  const keyed = ['--key', signer.verifierKey, '--proof', join(folder, 'act.tlog-proof')];
  const good = await verify(...keyed, '--file', join(folder, 'report.pdf'));
  expect(good).toMatchObject({ exit: 0, err: '' });
  expect(good.out).toContain('entry 300 verifies: act 1/1 of hub, recorded 2026-01-05T09:00:00.000000000Z');
  expect(good.out).toContain(`is a file that the record names: SHA-256 ${sha256}`);
  expect(await verify(...keyed, '--file', join(folder, 'changed.pdf'))).toMatchObject({ exit: 3 });
  const witnessed = await verify(...keyed, '--witness', cosignerKey(witness));
  expect(witnessed).toMatchObject({ exit: 0, err: '' });
  expect(witnessed.out).toContain('auditor.example/w1 saw it on 2027-01-15T08:00:00.000Z');
  expect(await verify(...keyed, '--witness', cosignerKey(other))).toMatchObject({ exit: 3 });
  expect(await verify(...keyed, '--seen', join(folder, 'report.pdf'))).toMatchObject({ exit: 2, out: '' });
  // Whoever hands a proof on can leave the body out, so nobody says that it was destroyed.
  const bare = await verify('--key', signer.verifierKey, '--proof', join(folder, 'bare.tlog-proof'));
  expect(bare.out).toContain('the proof brings no body, as where it was destroyed');
  const altered = await verify('--key', signer.verifierKey, '--proof', join(folder, 'false.tlog-proof'));
  expect(altered).toMatchObject({ exit: 3, out: '' });
});

test('options that do not belong together are refused with the usage', async () => {
  for (const args of [
    ['--log', 'x'],
    ['--log', 'x', '--key', 'k', '--range', '1-2', '--entry', '1'],
    ['--log', 'x', '--key', 'k', '--range', '9-2'],
    ['--log', 'x', '--key', 'k', '--proof', 'p'],
    ['--proof', 'p', '--key', 'k', '--entry', '1'],
    ['ledger', '--log', 'x', '--key', 'k'],
  ]) {
    expect(await verify(...args)).toMatchObject({ exit: 2, out: '' });
  }
});
