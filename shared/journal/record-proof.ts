import { KitError } from '../errors.ts';
import { bodyHash, bodyProblems, type EntryHeader, parseHeader } from './entry.ts';
import type { Verifier } from './note.ts';
import { type TlogProof, type VerifiedProof, verifyProof } from './tlog-proof.ts';

/** A record as it is stored. Shape: salt and body are there together, or both are gone. */
export interface ProvenRecord {
  readonly headerText: string;
  readonly salt: Uint8Array | null;
  readonly bodyText: string | null;
}

/** A record that is in a log: what its header says, and its body where that still exists. */
export interface VerifiedRecord extends VerifiedProof {
  readonly header: EntryHeader;
  readonly bodyText: string | null;
}

const FIRST_LINE = 'gatehouse/record/v1';

/** The record as it travels in the extra data of a proof: its type, header, salt in hex and body, a line each. */
export function recordExtra({ headerText, salt, bodyText }: ProvenRecord): Uint8Array {
  const saltText = salt === null ? '' : Buffer.from(salt).toString('hex');
  return Buffer.from(`${FIRST_LINE}\n${headerText}\n${saltText}\n${bodyText ?? ''}\n`);
}

/**
 * Checks a record that travels with its proof: it is in the log, and its body belongs to it.
 *
 * Errors: as `verifyProof` and `parseHeader`; `MESSAGE_MALFORMED` where the proof carries no record; `CHAIN_BROKEN` where the
 *         body is not the one that the header names.
 */
export function verifyRecord(proof: TlogProof, verifiers: readonly Verifier[]): VerifiedRecord {
  const { headerText, salt, bodyText } = recordOf(proof);
  const verified = verifyProof(proof, headerText, verifiers);
  const header = parseHeader(headerText);
  if (salt !== null && bodyText !== null && bodyHash(salt, bodyText) !== header.bodyHash) {
    throw new KitError(
      'CHAIN_BROKEN',
      `the body is not that of entry ${header.epoch}/${header.seq} of ${header.edge}`,
      {
        hint: 'The header is in the log; the body was changed.',
      },
    );
  }
  return { ...verified, header, bodyText };
}

function recordOf({ extra }: TlogProof): ProvenRecord {
  const text = Buffer.from(extra ?? []).toString('utf8');
  const [first, headerText = '', saltText = '', bodyText = '', end, ...more] = text.split('\n');
  const isWhole = first === FIRST_LINE && end === '' && more.length === 0;
  if (!isWhole) throw new KitError('MESSAGE_MALFORMED', 'the proof carries no record');
  if (saltText === '' && bodyText === '') return { headerText, salt: null, bodyText: null };
  const salt = Buffer.from(saltText, 'hex');
  const problems = bodyProblems({ salt, bodyText });
  if (problems.length === 0) return { headerText, salt, bodyText };
  throw new KitError('MESSAGE_MALFORMED', `the record of the proof: ${problems.join('; ')}`);
}
