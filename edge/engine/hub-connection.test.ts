import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signAck } from '@gatehouse/shared/journal/ack.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { afterAll, expect, test } from 'vitest';
import { readEdgeConfig } from '../config.ts';
import { openMemoryJournal } from '../journal/memory-journal.ts';
import { edgeFolders } from './edge-files.ts';
import { checkKeptAck } from './hub-connection.ts';

const root = mkdtempSync(join(tmpdir(), 'gatehouse-kept-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const hub = generateSigner('hub');
const keyFile = join(root, 'hub.vkey');
writeFileSync(keyFile, hub.verifierKey);
const config = readEdgeConfig([], {
  GATEHOUSE_EDGE_DATA: root,
  GATEHOUSE_EDGE_BROKER: 'mqtt://127.0.0.1:1',
  GATEHOUSE_EDGE_HUB_KEY: keyFile,
});
const { journal } = openMemoryJournal({
  edge: config.edge,
  clock: manualClock(parseInstant('2020-01-01T00:00:00Z')),
  random: (bytes) => new Uint8Array(bytes),
  emptyState: {},
  onNotice: () => {},
  keep: 'all',
});

function check(ack: { readonly edge?: string; readonly seq: number; readonly hash: string }): Promise<void> {
  const folders = edgeFolders(root);
  mkdirSync(folders.root, { recursive: true });
  const whole = { edge: config.edge, epoch: 1, leaves: null, checkpoint: '', ...ack };
  writeFileSync(folders.storedAck, signAck(hub, whole));
  return checkKeptAck({ config, folders, journal });
}

test('I11 a kept ack that the journal contradicts ends the start before anything is appended', async () => {
  const { seq, hash } = journal.head;
  await expect(check({ seq, hash })).resolves.toBeUndefined();
  await expect(check({ seq: seq + 1, hash })).rejects.toMatchObject({ code: 'JOURNAL_LOST' });
  await expect(check({ seq, hash: 'f'.repeat(64) })).rejects.toMatchObject({ code: 'STREAM_FORKED' });
  await expect(check({ edge: 'edge-2', seq: seq + 1, hash })).resolves.toBeUndefined();
  expect(journal.head.seq).toBe(seq);
});
