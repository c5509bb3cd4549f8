import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isInForce } from '@gatehouse/compliance/rule-set.ts';
import { type ReadSheet, readSheet } from '@gatehouse/compliance/sheet-document.ts';
import { demoSheet } from '@gatehouse/compliance/starter-sheet.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import {
  decodeSignerKey,
  encodeSignerKey,
  generateSigner,
  parseVerifierKey,
  type Signer,
  type Verifier,
} from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import { SHEET_TYPE, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { lei } from '@gatehouse/shared/values/identifiers.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { writeDurably } from '../journal/durable-file.ts';
import { loadEdgeKey } from '../journal/edge-key.ts';
import type { TradingIdentity } from './order-builder.ts';

/** Where an edge keeps what. */
export interface EdgeFolders {
  readonly root: string;
  readonly journal: string;
  readonly verifierKey: string;
  readonly sheet: string;
  readonly personKey: string;
  readonly personVerifierKey: string;
  readonly storedAck: string;
}

/** What an edge must have before it may trade. */
export interface EdgeCredentials {
  readonly signer: Signer;
  readonly sheet: ReadSheet;
  /** The exact signed note of the sheet. */
  readonly sheetDocument: string;
}

/** What credentials are made from on the first start. */
export interface CredentialsRequest {
  readonly folders: EdgeFolders;
  readonly edge: string;
  readonly identity: TradingIdentity;
  readonly now: Instant;
}

/** The places below an edge's data folder. */
export function edgeFolders(root: string): EdgeFolders {
  return {
    root,
    journal: join(root, 'journal'),
    verifierKey: join(root, 'edge.vkey'),
    sheet: join(root, 'limits', 'demo.sheet'),
    personKey: join(root, 'limits', 'demo-person.key'),
    personVerifierKey: join(root, 'limits', 'demo-person.vkey'),
    storedAck: join(root, 'hub.ack'),
  };
}

/**
 * The edge's key and its limit sheet; the first start makes both, the sheet for paper and signed by a demo person.
 *
 * Shape:  an existing sheet is never replaced, and its signature is checked on every start.
 * Errors: those of `loadEdgeKey` and `readSheet`; `SHEET_REFUSED` for a sheet that is not in force.
 */
export async function loadCredentials(request: CredentialsRequest): Promise<EdgeCredentials> {
  const { folders, edge, now } = request;
  const { signer } = await loadEdgeKey(folders.root, edge);
  if (!existsSync(folders.sheet)) await makeDemoSheet(request);
  const sheetDocument = readText(folders.sheet, 'the limit sheet');
  const sheet = readSheet(sheetDocument, [readVerifierKey(folders.personVerifierKey)]);
  if (isInForce(sheet.sheet, now)) return { signer, sheet, sheetDocument };
  throw new KitError('SHEET_REFUSED', `sheet ${sheet.sheet.id} is not in force now`, {
    hint: 'Check the clock of this computer and the term of the sheet.',
  });
}

/** The verifier key in a file. Errors: `NOT_FOUND`, those of `parseVerifierKey`. */
export function readVerifierKey(path: string): Verifier {
  return parseVerifierKey(readText(path, 'the verifier key').trim());
}

async function makeDemoSheet({ folders, identity, now }: CredentialsRequest): Promise<void> {
  mkdirSync(dirname(folders.sheet), { recursive: true, mode: 0o700 });
  const person = await loadPerson(folders, identity.trader);
  const sheet = demoSheet({
    id: 'demo-paper',
    legalEntity: lei(identity.legalEntity),
    accounts: [identity.account],
    from: now,
    maker: identity.trader,
  });
  await writeDurably(folders.sheet, signDocument(person, SHEET_TYPE, encode(Sheet, sheet) as JsonValue));
}

async function loadPerson(folders: EdgeFolders, name: string): Promise<Signer> {
  const isKnown = existsSync(folders.personKey);
  const person = isKnown ? decodeSignerKey(readText(folders.personKey, 'the demo person’s key')) : generateSigner(name);
  if (!isKnown) await writeDurably(folders.personKey, `${encodeSignerKey(person)}\n`);
  // A start that was killed between the two files is made up for here.
  await writeDurably(folders.personVerifierKey, `${person.verifierKey}\n`);
  return person;
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new KitError('NOT_FOUND', `${what} cannot be read at ${path}: ${describeError(cause)}`, {
      hint: 'Check the path and the rights of the file.',
      cause,
    });
  }
}
