import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoSheet } from '@gatehouse/compliance/starter-sheet.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { TrustPlace } from '@gatehouse/shared/governance/trust.ts';
import { parseVerifierKey, type Signer, type Verifier } from '@gatehouse/shared/journal/note.ts';
import { lei } from '@gatehouse/shared/values/identifiers.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { DEMO_PEOPLE, type DemoGovernance, type DemoPace, makeDemoGovernance } from '../governance/demo-governance.ts';
import { loadEdgeKey } from '../journal/edge-key.ts';
import type { TradingIdentity } from './order-builder.ts';

/** Where an edge keeps what. */
export interface EdgeFolders {
  readonly root: string;
  readonly journal: string;
  readonly verifierKey: string;
  readonly storedAck: string;
  /** What this edge has seen of the hub's ledger. */
  readonly seenLedger: string;
  readonly facts: string;
  /** The dated files that the hub brought. */
  readonly hubFiles: string;
}

/** What an edge signs with, and the place that its people sign for. */
export interface EdgeCredentials {
  readonly signer: Signer;
  readonly place: TrustPlace;
  /** What a person should be told at this start. */
  readonly notes: readonly string[];
}

/** What credentials are made from on the first start. */
export interface CredentialsRequest {
  readonly folders: EdgeFolders;
  readonly edge: string;
  readonly identity: TradingIdentity;
  /** What is to be traded; without it nothing but the edge's own key is made. */
  readonly instrument?: string | undefined;
  /** How often its bars come. */
  readonly pace?: DemoPace;
  /** The sheet that its people sign, where it is not that of the default replay. */
  readonly sheetFor?: DemoGovernance['sheetFor'];
  readonly now: Instant;
}

/** The places below an edge's data folder; those of governance are named in its own folder. */
export function edgeFolders(root: string): EdgeFolders {
  return {
    root,
    journal: join(root, 'journal'),
    verifierKey: join(root, 'edge.vkey'),
    storedAck: join(root, 'hub.ack'),
    seenLedger: join(root, 'hub.ledger'),
    facts: join(root, 'facts'),
    hubFiles: join(root, 'hub-files'),
  };
}

/**
 * The edge's key; a start of a demonstration also makes its people, its trust document and its sheet where they are missing.
 *
 * Shape:  the sheet waits in the inbox and comes into force when governance is opened, like any other.
 * Errors: those of `loadEdgeKey` and `makeDemoGovernance`.
 */
export async function loadCredentials(request: CredentialsRequest): Promise<EdgeCredentials> {
  const { folders, edge, identity, instrument, pace = 'daily', now } = request;
  const { signer } = await loadEdgeKey(folders.root, edge);
  const { environment, account, legalEntity } = identity;
  const place = { environment, legalEntity };
  if (instrument === undefined || environment !== 'paper') return { signer, place, notes: [] };
  const people = { maker: DEMO_PEOPLE.maker, checkers: [DEMO_PEOPLE.checker] };
  const notes = await makeDemoGovernance({
    root: folders.root,
    place,
    at: now,
    instrument,
    pace,
    sheetFor:
      request.sheetFor ??
      ((terms) =>
        demoSheet({ id: 'demo-paper', legalEntity: lei(legalEntity), accounts: [account], ...people, ...terms })),
  });
  return { signer, place, notes };
}

/** The verifier key in a file. Errors: `NOT_FOUND`, those of `parseVerifierKey`. */
export function readVerifierKey(path: string): Verifier {
  return parseVerifierKey(readText(path, 'the verifier key').trim());
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
