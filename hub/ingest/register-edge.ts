import { KitError } from '@gatehouse/shared/errors.ts';
import { genesis } from '@gatehouse/shared/journal/chain.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { Ledger } from '../ledger/append.ts';
import type { HubStream } from '../ledger/hub-stream.ts';
import type { Transaction } from '../store/database.ts';
import { addStream, readStreams } from '../store/stream-rows.ts';
import { HUB_STREAM } from './read-entry.ts';

/** An edge to be known from now on, and who says so. */
export interface EdgeRegistration {
  readonly edge: string;
  readonly verifierKey: string;
  readonly by: string;
}

/**
 * Makes an edge known by its key and puts that on record; false where it was known by the same key already.
 *
 * Errors: `FORBIDDEN` where it is known by another key: an edge's key is never replaced silently; `VALUE_MALFORMED` where
 *         the key or the name has not its form.
 */
export async function registerEdge(
  tx: Transaction,
  deps: { readonly hubStream: HubStream; readonly ledger: Ledger },
  registration: EdgeRegistration,
): Promise<boolean> {
  const { edge, verifierKey, by } = registration;
  const verifier = parseVerifierKey(verifierKey);
  if (edge === HUB_STREAM || !Identifier.safeParse(edge).success) {
    throw new KitError('VALUE_MALFORMED', `${JSON.stringify(edge)} cannot be the name of an edge`, {
      hint: 'Use letters, digits and ".", "_" or "-", at most 64 characters, and not "hub".',
    });
  }
  const at = instantText(deps.ledger.clock.now());
  if (!(await addStream(tx, { head: genesis(edge), verifierKey, at }))) return assertSameKey(tx, registration);
  const after = { verifierKey, keyId: verifier.keyId };
  await deps.hubStream.appendAct(tx, { action: 'edge.registered', by, target: edge, after });
  return true;
}

async function assertSameKey(tx: Transaction, { edge, verifierKey }: EdgeRegistration): Promise<false> {
  const [known] = await readStreams(tx, [edge]);
  if (known?.verifierKey === verifierKey) return false;
  throw new KitError('FORBIDDEN', `edge ${edge} is known by another key`, {
    hint: 'If the edge lost its key, give the new installation a new name; its old records stay under the old one.',
  });
}
