import type { Queries, Transaction } from './database.ts';

/** Whose dated files follow each other by their numbers. */
export interface FileLine {
  readonly legalEntity: string;
  readonly environment: string;
}

/** A signed version of a dated file, without its text. Shape: hashes in hex; `changes` in words, a line each. */
export interface DatedFileRow extends FileLine {
  readonly kind: string;
  readonly sequence: number;
  readonly noteHash: string;
  readonly contentHash: string;
  readonly note: string;
  readonly reason: string;
  readonly signedBy: string;
  readonly isLoosening: boolean;
  readonly changes: string;
  readonly publishedBy: string;
  readonly at: string;
}

/** A piece of a text, and how long the whole is. Units: bytes. */
export interface BodyPiece {
  readonly piece: Buffer;
  readonly size: number;
}

/** So much of a text goes to the server or comes from it at a time. */
const BODY_PIECE_BYTES = 262_144;

/** The letters of "file". */
const FILES_LOCK = 0x66696c65;

/** Lets files be published one after the other until the transaction ends. */
export async function lockFiles(tx: Transaction): Promise<void> {
  await tx`SELECT pg_advisory_xact_lock(${FILES_LOCK})`;
}

/** Keeps a version, with its text and its document by their hashes. */
export async function insertFile(tx: Transaction, row: DatedFileRow, content: string): Promise<void> {
  for (const [hash, text] of [
    [row.contentHash, content],
    [row.noteHash, row.note],
  ] as const) {
    await insertBody(tx, hash, Buffer.from(text, 'utf8'));
  }
  await tx`
    INSERT INTO dated_file (legal_entity, environment, kind, sequence, note_hash, content_hash, note, reason, signed_by,
      is_loosening, changes, published_by, at)
    VALUES (${row.legalEntity}, ${row.environment}, ${row.kind}, ${row.sequence}, ${row.noteHash}, ${row.contentHash}, ${row.note},
      ${row.reason}, ${row.signedBy}, ${row.isLoosening}, ${row.changes}, ${row.publishedBy}, ${row.at})`;
}

/** Keeps a text by its hash. Shape: a long one goes piece by piece, so that nothing else waits while it is written out for the server. */
async function insertBody(tx: Transaction, hash: string, bytes: Buffer): Promise<void> {
  if (bytes.length <= BODY_PIECE_BYTES) {
    await tx`INSERT INTO dated_file_body (hash, bytes) VALUES (${hash}, ${bytes}) ON CONFLICT DO NOTHING`;
    return;
  }
  const [known] = await tx`SELECT 1 FROM dated_file_body WHERE hash = ${hash}`;
  if (known !== undefined) return;
  await tx`CREATE TEMPORARY TABLE dated_file_piece (place bigint PRIMARY KEY, bytes bytea NOT NULL) ON COMMIT DROP`;
  for (let at = 0; at < bytes.length; at += BODY_PIECE_BYTES) {
    await tx`INSERT INTO dated_file_piece (place, bytes) VALUES (${at}, ${bytes.subarray(at, at + BODY_PIECE_BYTES)})`;
  }
  await tx`
    INSERT INTO dated_file_body (hash, bytes)
    SELECT ${hash}, string_agg(bytes, ''::bytea ORDER BY place) FROM dated_file_piece ON CONFLICT DO NOTHING`;
  await tx`DROP TABLE dated_file_piece`;
}

/** The newest version of each kind. */
export function newestFiles(tx: Queries, { legalEntity, environment }: FileLine): Promise<readonly DatedFileRow[]> {
  return tx<DatedFileRow[]>`
    SELECT DISTINCT ON (kind) legal_entity AS "legalEntity", environment, kind, sequence, note_hash AS "noteHash",
      content_hash AS "contentHash", note, reason, signed_by AS "signedBy", is_loosening AS "isLoosening", changes,
      published_by AS "publishedBy", at
    FROM dated_file WHERE legal_entity = ${legalEntity} AND environment = ${environment} ORDER BY kind, sequence DESC`;
}

/** A version by its number; undefined where there is none. */
export async function findFile(
  tx: Queries,
  { legalEntity, environment, kind, sequence }: FileLine & Pick<DatedFileRow, 'kind' | 'sequence'>,
): Promise<DatedFileRow | undefined> {
  const [row] = await tx<DatedFileRow[]>`
    SELECT legal_entity AS "legalEntity", environment, kind, sequence, note_hash AS "noteHash", content_hash AS "contentHash", note,
      reason, signed_by AS "signedBy", is_loosening AS "isLoosening", changes, published_by AS "publishedBy", at
    FROM dated_file WHERE legal_entity = ${legalEntity} AND environment = ${environment} AND kind = ${kind} AND sequence = ${sequence}`;
  return row;
}

/** Versions of every line, the newest first. */
export function listFiles(
  tx: Queries,
  search: { readonly kind: string | undefined; readonly limit: number },
): Promise<readonly DatedFileRow[]> {
  return tx<DatedFileRow[]>`
    SELECT legal_entity AS "legalEntity", environment, kind, sequence, note_hash AS "noteHash", content_hash AS "contentHash", note,
      reason, signed_by AS "signedBy", is_loosening AS "isLoosening", changes, published_by AS "publishedBy", at
    FROM dated_file WHERE ${search.kind ?? null}::text IS NULL OR kind = ${search.kind ?? null}
    ORDER BY at DESC, kind, sequence DESC LIMIT ${search.limit}`;
}

/** The text with a hash; undefined where there is none. */
export async function bodyText(tx: Queries, hash: string): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  for (let [at, size] = [0, 1]; at < size; ) {
    const [row] = await tx<BodyPiece[]>`
      SELECT substring(bytes FROM ${at + 1}::int FOR ${BODY_PIECE_BYTES}::int) AS piece, length(bytes) AS size
      FROM dated_file_body WHERE hash = ${hash}`;
    if (row === undefined || row.piece.length === 0) return undefined;
    pieces.push(row.piece);
    at += row.piece.length;
    size = row.size;
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** The text with a hash where it is short; undefined where it is longer. Units: bytes. */
export async function shortBodyText(tx: Queries, hash: string, bytesMax: number): Promise<string | undefined> {
  const [row] = await tx<{ bytes: Buffer }[]>`
    SELECT bytes FROM dated_file_body WHERE hash = ${hash} AND octet_length(bytes) <= ${bytesMax}`;
  return row?.bytes.toString('utf8');
}

/** A piece of a text of this line; undefined where the line has none with this hash. */
export async function bodyPiece(
  tx: Queries,
  { legalEntity, environment }: FileLine,
  { hash, from, bytesMax }: { readonly hash: string; readonly from: number; readonly bytesMax: number },
): Promise<BodyPiece | undefined> {
  const [row] = await tx<{ piece: Buffer; size: number }[]>`
    SELECT substring(b.bytes FROM ${from + 1}::int FOR ${bytesMax}::int) AS piece, length(b.bytes) AS size
    FROM dated_file_body b WHERE b.hash = ${hash} AND EXISTS (
      SELECT 1 FROM dated_file f WHERE (f.note_hash = b.hash OR f.content_hash = b.hash)
        AND f.legal_entity = ${legalEntity} AND f.environment = ${environment})`;
  return row;
}
