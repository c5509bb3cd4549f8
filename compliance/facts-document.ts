import { KitError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { FactsBody } from '@gatehouse/shared/schema/bodies.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { FactsDocument } from '@gatehouse/shared/schema/facts/index.ts';
import type { HeldFacts } from './fact-files.ts';

/**
 * The dated file in an entry that is on record, from its exact text.
 *
 * Errors: `MESSAGE_MALFORMED` where the text has another hash or kind than the entry says, is no JSON or is no dated file.
 */
export function factsOnRecord({ kind, hash, document: text }: FactsBody): HeldFacts {
  if (sha256(text).toString('hex') !== hash)
    throw malformed(`the file ${kind} has not the hash that it is recorded with`);
  const document = decode(FactsDocument, parsed(kind, text), `the file ${kind}`);
  if (document.kind !== kind) throw malformed(`a file of ${document.kind} is recorded as one of ${kind}`);
  return { document, hash };
}

function parsed(kind: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed(`the file ${kind} is not JSON`, cause);
  }
}

function malformed(message: string, cause?: unknown): KitError {
  return new KitError('MESSAGE_MALFORMED', message, {
    hint: 'The record was changed or is of another release; decisions that name this file cannot be made again.',
    cause,
  });
}
