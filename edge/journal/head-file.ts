import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseVerifierKey, type Signer } from '@gatehouse/shared/journal/note.ts';
import { openDocument, signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Count, HashText, Identifier } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { HEAD_NAME } from './journal-folder.ts';
import { damaged } from './sql-failure.ts';

/** A closed database file, so that one changed bit shows. */
export type FileDigest = z.output<typeof FileDigest>;

const FileDigest = z.strictObject({ file: z.string().max(100), sha256: HashText, bytes: Count });

/** What the edge signed about the end of its journal. Shape: `clean` only while the journal is closed. */
export type HeadRecord = z.output<typeof HeadRecord>;

const HeadRecord = z.strictObject({
  edge: Identifier,
  epoch: z.int().min(1),
  seq: Count,
  hash: HashText,
  ackedSeq: Count.optional(),
  clean: FileDigest.optional(),
});

const TYPE = 'gatehouse/head/v1';

/** The text of a head file. */
export function signHeadRecord(signer: Signer, record: HeadRecord): string {
  const { edge, epoch, seq, hash, ackedSeq, clean } = record;
  return signDocument(signer, TYPE, {
    edge,
    epoch,
    seq,
    hash,
    ...(ackedSeq === undefined ? {} : { ackedSeq }),
    ...(clean === undefined ? {} : { clean }),
  });
}

/**
 * Reads the head file of a folder.
 *
 * Errors: `JOURNAL_DAMAGED` where it cannot be read, was not signed by the edge's key or is of another edge.
 */
export async function readHeadRecord(folder: string, edge: string, verifierKey: string): Promise<HeadRecord> {
  const path = join(folder, HEAD_NAME);
  const record = openHeadRecord(await readHeadText(path), path, verifierKey);
  if (record.edge === edge) return record;
  throw damaged(`${path} is of edge ${record.edge}, not of ${edge}`);
}

async function readHeadText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw damaged(`${path} cannot be read`, cause);
  }
}

function openHeadRecord(text: string, path: string, verifierKey: string): HeadRecord {
  try {
    return decode(HeadRecord, openDocument(text, TYPE, [parseVerifierKey(verifierKey)]).value, 'the head file');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw damaged(`${path} is not what the key of this edge signed: ${reason}`, cause);
  }
}
