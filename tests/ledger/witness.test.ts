import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { LogReader } from '@gatehouse/hub/ledger/tiles/log-reader.ts';
import { lookAtLog } from '@gatehouse/hub/ledger/witness/follow-log.ts';
import { openWitness, WITNESSED_FILE, type Witness } from '@gatehouse/hub/ledger/witness/witness.ts';
import { openWitnessDoor } from '@gatehouse/hub/ledger/witness/witness-door.ts';
import { openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { cosignaturesOf, cosignerKey, parseCosignerKey } from '@gatehouse/shared/journal/cosignature.ts';
import { consistencyProof, leafHash } from '@gatehouse/shared/journal/merkle.ts';
import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { expect, onTestFinished, test } from 'vitest';
import { archiveFolder, checkpointAt, filesIn, logInMemory, madeLog } from '../fixtures/log-archive.ts';

const hub = generateSigner('gatehouse.local/hub-1');
const verifier = parseVerifierKey(hub.verifierKey);
const own = generateSigner('auditor.example/w1');
const cosigner = parseCosignerKey(cosignerKey(own));
const headers = Array.from({ length: 800 }, (_, index) => `{"entry":${index}}`);
const other = headers.map((header, index) => (index === 40 ? '{"entry":"another"}' : header));
const leaves = headers.map((header) => leafHash(header));
const AT = 1_800_000_000;

function opened(folder: string): Promise<Witness> {
  return openWitness({ folder, signer: own, verifier, unixSeconds: () => AT });
}

const logOf = (size: number, from = headers): LogReader => logInMemory(madeLog(hub, from.slice(0, size)));
const proofOf = (from: number, to: number) => consistencyProof(leaves, from, to);

test('a witness signs what the log became, remembers it over a restart, and makes the proof itself', async () => {
  const folder = archiveFolder();
  const first = await opened(folder);
  expect(await lookAtLog(logInMemory(new Map()), first, verifier)).toEqual({ kind: 'empty' });
  expect(await lookAtLog(logOf(300), first, verifier)).toEqual({ kind: 'signed', size: 300, from: 0 });
  const again = await opened(folder);
  expect(again.last()).toMatchObject({ size: 300 });
  expect(await lookAtLog(logOf(300), again, verifier)).toEqual({ kind: 'signed', size: 300, from: 300 });
  // It was away for long: the tiles of all sizes are there, so the proof is.
  expect(await lookAtLog(logOf(800), again, verifier)).toEqual({ kind: 'signed', size: 800, from: 300 });

  const kept = readFileSync(join(folder, WITNESSED_FILE), 'utf8');
  expect(openCheckpoint(kept, [verifier])).toMatchObject({ size: 800 });
  expect(cosignaturesOf(kept, [cosigner])).toEqual([{ name: own.name, at: AT }]);
});

test('a log that was rewritten, cut or emptied is refused, and its words are kept as evidence', async () => {
  const folder = archiveFolder();
  const witness = await opened(folder);
  await lookAtLog(logOf(300), witness, verifier);
  const evidence = async (log: LogReader) => {
    const seen = await lookAtLog(log, witness, verifier);
    expect(seen.kind).toBe('refuted');
    return seen.kind === 'refuted'
      ? { reason: seen.reason, text: readFileSync(seen.evidence ?? '', 'utf8') }
      : undefined;
  };
  const forked = await evidence(logOf(300, other));
  expect(forked?.reason).toBe('two logs of 300 entries were signed');
  expect(forked?.text).toContain(checkpointAt(hub, headers.slice(0, 300)));
  expect(forked?.text).toContain(checkpointAt(hub, other.slice(0, 300)));
  const grown = await evidence(logOf(500, other));
  expect(grown?.reason).toBe('no proof that the log of 500 begins with the one of 300');
  const shorter = await evidence(logOf(200));
  expect(shorter?.reason).toBe('the log ends at 200, and was signed at 300 before');
  // Both notes with the log's own signature, so that the file shows it to others as well.
  expect(shorter?.text).toContain(checkpointAt(hub, headers.slice(0, 300)));
  expect(shorter?.text).toContain(checkpointAt(hub, headers.slice(0, 200)));
  expect((await evidence(logInMemory(new Map())))?.reason).toContain('has no checkpoint any more');
  const holes = madeLog(hub, headers.slice(0, 600));
  holes.delete('tile/0/001');
  expect((await evidence(logInMemory(holes)))?.reason).toContain('lacks tiles');
  expect(witness.last()).toMatchObject({ size: 300 });
  expect([...filesIn(folder).keys()].filter((name) => name.startsWith('evidence-'))).toHaveLength(5);
});

test('evidence is never written over, although some of it was taken away', async () => {
  const folder = archiveFolder();
  const witness = await opened(folder);
  const kept = async () => (await witness.keepEvidence('a reason', 'a note')) ?? '';
  expect([await kept(), await kept()].map((path) => basename(path))).toEqual(['evidence-1.txt', 'evidence-2.txt']);
  rmSync(join(folder, 'evidence-1.txt'));
  expect(basename(await kept())).toBe('evidence-3.txt');
});

test('lines that an asker adds to a note do not crowd the witness out of its own memory', async () => {
  const folder = archiveFolder();
  const note = checkpointAt(hub, headers.slice(0, 300));
  const [ownLine = ''] = note.split('\n').slice(-2);
  for (const line of [ownLine, `— ${hub.name} AAAAAAAA`]) {
    const full = `${note}${`${line}\n`.repeat(15)}`;
    const witness = await opened(folder);
    const answer = await witness.add({ oldSize: witness.last()?.size ?? 0, proof: [], note: full });
    expect(answer.status).toBe(200);
    expect((await opened(folder)).last()).toMatchObject({ size: 300 });
  }
});

test('a log of another key shows nothing against this one, and neither does one that is out of reach', async () => {
  const folder = archiveFolder();
  const witness = await opened(folder);
  const strange = logInMemory(madeLog(generateSigner(hub.name), headers.slice(0, 9)));
  await expect(lookAtLog(strange, witness, verifier)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  const away: LogReader = { place: 'away', read: () => Promise.reject(new Error('no route')) };
  await expect(lookAtLog(away, witness, verifier)).rejects.toThrow('no route');
  expect([...filesIn(folder).keys()]).toEqual([]);
});

async function door(witness: Witness): Promise<string> {
  const open = await openWitnessDoor({ witness, host: '127.0.0.1', port: 0, report: () => undefined });
  onTestFinished(() => open.close());
  return open.address;
}

function body(oldSize: number, proof: readonly Uint8Array[], note: string): string {
  const lines = [`old ${oldSize}`, ...proof.map((hash) => Buffer.from(hash).toString('base64')), '', note];
  return lines.join('\n');
}

async function posted(address: string, text: string) {
  const response = await fetch(`${address}/add-checkpoint`, { method: 'POST', body: text });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

test('a witness answers over HTTP with the statuses of the protocol', async () => {
  const folder = archiveFolder();
  const address = await door(await opened(folder));
  const note = (size: number, from = headers) => checkpointAt(hub, from.slice(0, size));

  const first = await posted(address, body(0, [], note(300)));
  expect(first.status).toBe(200);
  expect(cosignaturesOf(`${note(300)}${first.text}`, [cosigner])).toEqual([{ name: own.name, at: AT }]);
  expect(await posted(address, body(300, proofOf(300, 500), note(500)))).toMatchObject({ status: 200 });

  const stale = await posted(address, body(300, proofOf(300, 600), note(600)));
  expect(stale).toEqual({ status: 409, type: 'text/x.tlog.size', text: '500\n' });
  expect(await posted(address, body(500, proofOf(300, 600), note(600)))).toMatchObject({ status: 422 });
  expect(await posted(address, body(500, [], note(500, other)))).toMatchObject({ status: 409, text: '500\n' });
  expect(await posted(address, body(600, [], note(500)))).toMatchObject({ status: 400 });
  expect(await posted(address, body(500, [], checkpointAt(own, headers)))).toMatchObject({ status: 404 });
  const strange = checkpointAt(generateSigner(hub.name), headers.slice(0, 600));
  expect(await posted(address, body(500, proofOf(500, 600), strange))).toMatchObject({ status: 403 });
  for (const malformed of ['', 'old 05\n\nx', 'old 5', `old 5\nAAAA\n\n${note(5)}`, 'x'.repeat(70_000)]) {
    expect(await posted(address, malformed)).toMatchObject({ status: 400 });
  }
  expect((await fetch(`${address}/add-checkpoint`)).status).toBe(405);
  expect((await fetch(address)).status).toBe(404);
  expect([...filesIn(folder).keys()].sort()).toEqual(['evidence-1.txt', WITNESSED_FILE]);
});

test('of two requests at once from one size only one is signed', async () => {
  const witness = await opened(archiveFolder());
  await witness.add({ oldSize: 0, proof: [], note: checkpointAt(hub, headers.slice(0, 100)) });
  const ask = (size: number) =>
    witness.add({ oldSize: 100, proof: proofOf(100, size), note: checkpointAt(hub, headers.slice(0, size)) });
  const answers = await Promise.all([ask(700), ask(200)]);
  expect(answers.map(({ status }) => status)).toEqual([200, 409]);
  expect(witness.last()).toMatchObject({ size: 700 });
});

test('a memory that the log never signed is not believed', async () => {
  const folder = archiveFolder();
  const strange = await openWitness({
    folder,
    signer: own,
    verifier: parseVerifierKey(own.verifierKey),
    unixSeconds: () => AT,
  });
  await strange.add({ oldSize: 0, proof: [], note: checkpointAt(own, headers) });
  await expect(opened(folder)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
});
