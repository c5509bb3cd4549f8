import { inTransaction } from '@gatehouse/hub/store/database.ts';
import { bodyPiece, bodyText, type DatedFileRow, insertFile } from '@gatehouse/hub/store/file-rows.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PAPER } from '../fixtures/limit-people.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const PIECE = 262_144;
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
afterAll(() => server.stop());

function rowOf(text: string, sequence: number): DatedFileRow {
  const hash = sha256(text).toString('hex');
  const said = { reason: 'A test.', signedBy: 'P-1', isLoosening: false, changes: '', publishedBy: 'P-1' };
  const note = `note ${sequence}`;
  const hashes = { noteHash: sha256(note).toString('hex'), contentHash: hash };
  return { ...PAPER, ...said, ...hashes, kind: 'sanctions', sequence, note, at: '2026-01-05T10:00:00.000000000Z' };
}

test('a text is kept and read to the last byte, however many pieces it takes, and twice is once', async () => {
  const { database } = await server.database();
  const texts = ['x', 'x'.repeat(PIECE), `${'x'.repeat(PIECE)}y`, `${'é'.repeat(2 * PIECE)}😀 at the end`];
  let sequence = 0;
  for (const text of [...texts, ...texts]) {
    sequence += 1;
    const row = rowOf(text, sequence);
    await inTransaction(database, (tx) => insertFile(tx, row, text));
    expect((await bodyText(database, row.contentHash)) === text).toBe(true);
    const last = await bodyPiece(database, PAPER, {
      hash: row.contentHash,
      from: Buffer.byteLength(text) - 1,
      bytesMax: 9,
    });
    expect(last).toEqual({ piece: Buffer.from(text).subarray(-1), size: Buffer.byteLength(text) });
  }
  expect(await bodyText(database, 'ab'.repeat(32))).toBeUndefined();
}, 60_000);
