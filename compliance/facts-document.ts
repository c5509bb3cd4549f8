import { KitError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { FactsDocument } from '@gatehouse/shared/schema/facts/index.ts';
import type { FactsBody } from '@gatehouse/shared/schema/facts-bodies.ts';
import type { HeldFacts } from './fact-files.ts';

/** Reads dated files from entries that follow each other. */
export interface FactsReader {
  /** The file that comes into force with an entry; undefined while parts of it are missing. Errors: as `factsOnRecord`. */
  take(body: FactsBody): HeldFacts | undefined;
}

/** More parts than the longest file has; a record that claims more is not collected. */
const PARTS_MAX = 128;

/** A reader that has seen nothing yet. Shape: parts of a file follow each other without another entry of facts between them. */
export function createFactsReader(): FactsReader {
  let parts: FactsBody[] = [];
  return {
    take: (body) => {
      const { part } = body;
      if (part === undefined) return factsOnRecord(body);
      const before = part.number === 1 ? [] : parts;
      parts = [];
      if (part.of > PARTS_MAX) throw malformed(`the file ${body.kind} has ${part.of} parts, more than ${PARTS_MAX}`);
      if (part.number !== before.length + 1 || part.number > part.of) {
        throw malformed(`of the ${part.of} parts of the file ${body.kind} some are missing`);
      }
      const whole = [...before, body];
      if (part.number < part.of) {
        parts = whole;
        return undefined;
      }
      return factsOnRecord({ ...body, document: whole.map(({ document }) => document).join('') });
    },
  };
}

/** Whether an entry brings a whole file or the last part of one into force. */
export function isInForceWith({ part, ended }: FactsBody): boolean {
  return ended !== true && (part === undefined || part.number === part.of);
}

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
