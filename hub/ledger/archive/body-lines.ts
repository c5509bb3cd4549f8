import { KitError } from '@gatehouse/shared/errors.ts';
import { bodyHash, entryHash, parseHeader } from '@gatehouse/shared/journal/entry.ts';
import { z } from 'zod';
import type { RawBody } from '../../store/archive-rows.ts';
import type { OpenedBody } from '../../store/body-columns.ts';
import type { RowOpener } from '../keys/open-row.ts';

/** A body in the archive: sealed as it lies in the database, or why it is not there. */
const BodyLine = z.union([
  z.strictObject({ leaf: z.int().min(0), key: z.string().max(120), sealed: z.base64() }),
  z.strictObject({ leaf: z.int().min(0), disposal: z.string().max(200) }),
  z.strictObject({ leaf: z.int().min(0), missing: z.literal(true) }),
]);

/** A body in the archive. */
export type BodyLine = z.output<typeof BodyLine>;

/** A body as it was read from the archive. Shape: exactly one of the three says what became of it. */
export interface ReadBody {
  readonly leaf: number;
  readonly opened?: { readonly salt: Uint8Array; readonly body: string };
  readonly disposal?: string;
  readonly fault?: string;
}

/** The line of a body. Errors: `STATE_CONFLICT` for one that lies open: it is sealed first. */
export function bodyLine({ leaf, keyName, bytes, disposal, isOpen }: RawBody): BodyLine {
  if (isOpen) {
    throw new KitError('STATE_CONFLICT', `the body of leaf ${leaf} is not sealed yet`, {
      hint: 'Bodies of an earlier release are sealed first; the archive goes on by itself after that.',
    });
  }
  if (bytes !== null && keyName !== null) return { leaf, key: keyName, sealed: Buffer.from(bytes).toString('base64') };
  return disposal === null ? { leaf, missing: true } : { leaf, disposal };
}

/** The lines of an object of bodies. Errors: `FILE_MALFORMED`. */
export function parseBodyLines(bytes: Uint8Array, name: string): readonly BodyLine[] {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').split('\n');
  if (lines.pop() !== '') throw new KitError('FILE_MALFORMED', `${name} ends within a line`);
  return lines.map((line, index) => {
    try {
      return BodyLine.parse(JSON.parse(line));
    } catch (cause) {
      throw new KitError('FILE_MALFORMED', `${name}, line ${index + 1} is no body`, { cause });
    }
  });
}

/** Opens a body and compares it with its header. */
export function readBody(line: BodyLine, headerText: string, open: RowOpener): ReadBody {
  const { leaf } = line;
  if ('missing' in line) return { leaf, fault: 'it was gone before the segment was archived' };
  if ('disposal' in line) return { leaf, disposal: line.disposal };
  const place = { header: headerText, hash: entryHash(headerText) };
  const row = { sealed: Buffer.from(line.sealed, 'base64'), recordKey: line.key, ...place };
  const { salt, body, disposal, fault } = open(row) as unknown as OpenedBody;
  if (disposal) return { leaf, disposal };
  if (fault !== undefined || !salt || body === null || body === undefined)
    return { leaf, fault: fault ?? 'it does not open' };
  const isSame = bodyHash(salt, body) === parseHeader(headerText).bodyHash;
  return isSame ? { leaf, opened: { salt, body } } : { leaf, fault: 'it is not the body that its header names' };
}
