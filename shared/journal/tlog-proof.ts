import { KitError } from '../errors.ts';
import { type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts';
import { leafHash, verifyInclusion } from './merkle.ts';
import type { Verifier } from './note.ts';

/** A proof that an entry is in a log, which needs nothing else than the log's public key. */
export interface TlogProof {
  readonly index: number;
  /** Sibling hashes from the leaf upwards. */
  readonly hashes: readonly Uint8Array[];
  /** The log's signed note, with whatever cosignatures stand on it. */
  readonly checkpoint: string;
  /** What travels with the proof and is not proven by it. */
  readonly extra?: Uint8Array;
}

/** A proof whose checkpoint was opened: the entry that its hashes belong to is in the log. */
export interface VerifiedProof {
  readonly index: number;
  readonly checkpoint: OpenedCheckpoint;
}

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
const HASH_BYTES = 32;
const HASHES_MAX = 63;
const PROOF_LENGTH_MAX = 16 * 1024 * 1024;
const INDEX = /^index (0|[1-9]\d{0,15})$/;
const EXTRA = 'extra ';

/** The text of a proof, kept in files whose names end in `.tlog-proof`. Source: C2SP tlog-proof, "Format". */
export function encodeProof({ index, hashes, checkpoint, extra }: TlogProof): string {
  const lines = [
    FIRST_LINE,
    ...(extra === undefined ? [] : [EXTRA + base64(extra)]),
    `index ${index}`,
    ...hashes.map(base64),
    '',
    checkpoint,
  ];
  return lines.join('\n');
}

/** The proof that a text holds. Errors: `MESSAGE_MALFORMED`; whether it proves anything is `verifyProof`'s question. */
export function parseProof(text: string): TlogProof {
  const end = text.indexOf('\n\n');
  if (text.length > PROOF_LENGTH_MAX || end < 0) throw malformed('no blank line before the checkpoint');
  const [first, ...lines] = text.slice(0, end).split('\n');
  if (first !== FIRST_LINE) throw malformed(`its first line is not ${FIRST_LINE}`);
  const extraText = lines[0]?.startsWith(EXTRA) === true ? lines.shift()?.slice(EXTRA.length) : undefined;
  const extra = extraText === undefined ? undefined : strictBase64(extraText);
  const [, digits] = INDEX.exec(lines.shift() ?? '') ?? [];
  const hashes = lines.map(strictBase64).filter((hash) => hash?.length === HASH_BYTES);
  const index = Number(digits);
  if (extraText !== undefined && extra === undefined) throw malformed('its extra data are no base64');
  if (digits === undefined || !Number.isSafeInteger(index)) throw malformed('it names no index');
  if (lines.length > HASHES_MAX || hashes.length !== lines.length) throw malformed('a line that is no hash');
  const proof = { index, hashes: hashes.filter((hash) => hash !== undefined), checkpoint: text.slice(end + 2) };
  return extra === undefined ? proof : { ...proof, extra };
}

/**
 * Checks that an entry is in the log that a checkpoint signs.
 *
 * Errors: as `openCheckpoint`; `LEDGER_MISMATCH` where the proof does not lead from the entry to the signed root.
 */
export function verifyProof(
  proof: TlogProof,
  entry: Uint8Array | string,
  verifiers: readonly Verifier[],
): VerifiedProof {
  const checkpoint = openCheckpoint(proof.checkpoint, verifiers);
  const { size, root } = checkpoint;
  const { index, hashes } = proof;
  if (verifyInclusion({ index, size, root, leaf: leafHash(entry), proof: hashes })) return { index, checkpoint };
  throw new KitError('LEDGER_MISMATCH', `the entry is not number ${index} of the log of ${size} that was signed`, {
    hint: 'The record or the proof was changed, or they do not belong together.',
  });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** The bytes of base64 in its only spelling; undefined otherwise. */
function strictBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function malformed(fault: string): KitError {
  return new KitError('MESSAGE_MALFORMED', `proof: ${fault}`, {
    hint: 'Take a whole .tlog-proof file, as the console gives it.',
  });
}
