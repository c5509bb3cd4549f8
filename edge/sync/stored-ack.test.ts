import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signAck } from '@gatehouse/shared/journal/ack.ts';
import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { afterAll, expect, test } from 'vitest';
import { createStoredAck } from './stored-ack.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-ack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hub = generateSigner('hub');
const verifiers = [parseVerifierKey(hub.verifierKey)];

function ackAt(seq: number, signer = hub): string {
  return signAck(signer, { edge: 'edge-1', epoch: 1, seq, hash: 'a'.repeat(64), leaves: null, checkpoint: '' });
}

test('an older ack that comes again takes nothing back, in this process or the next', async () => {
  const path = join(folder, 'again.ack');
  const stored = createStoredAck(path, verifiers);
  stored.keep(ackAt(7), { epoch: 1, seq: 7 });
  stored.keep(ackAt(6), { epoch: 1, seq: 6 });
  await stored.flush();
  const next = createStoredAck(path, verifiers);
  expect((await next.load())?.seq).toBe(7);
  next.keep(ackAt(6), { epoch: 1, seq: 6 });
  await next.flush();
  expect((await next.load())?.seq).toBe(7);
  next.keep(ackAt(8), { epoch: 1, seq: 8 });
  await next.flush();
  expect((await next.load())?.seq).toBe(8);
});

test('what another key signed, or nobody, says nothing', async () => {
  const path = join(folder, 'other.ack');
  const stored = createStoredAck(path, verifiers);
  expect(await stored.load()).toBeUndefined();
  writeFileSync(path, ackAt(7, generateSigner('hub')));
  expect(await stored.load()).toBeUndefined();
});
