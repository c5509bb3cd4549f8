import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { EnrolmentGrant, EnrolmentId, EnrolmentRequest } from '@gatehouse/shared/schema/enrolment.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { readPrivateFile } from '../../credentials/private-file.ts';
import { writeDurably } from '../../journal/durable-file.ts';
import { ensureFolder } from '../../journal/journal-folder.ts';
import { StoredKey } from './device-key.ts';

const head = {
  v: z.literal(1),
  edge: Identifier,
  id: EnrolmentId,
  /** The address of the hub's door. */
  door: z.url({ protocol: /^https$/ }),
  /** The certificate of the hub's authority, in PEM: nothing else is believed over TLS. */
  authority: z.string().startsWith('-----BEGIN CERTIFICATE-----\n'),
  key: StoredKey,
};

/**
 * What this edge knows of its access to the hub: all of it in one file, so that a crash leaves the state before or the one after.
 *
 * Shape: while nobody has decided, the request is kept, to be sent again word for word; its secret goes with it.
 */
export const StoredIdentity = z.discriminatedUnion('state', [
  z.strictObject({ ...head, state: z.literal('pending'), request: EnrolmentRequest }),
  z.strictObject({ ...head, state: z.literal('enrolled'), grant: EnrolmentGrant }),
]);
export type StoredIdentity = z.output<typeof StoredIdentity>;
/** Access that was granted. */
export type EnrolledIdentity = Extract<StoredIdentity, { readonly state: 'enrolled' }>;
/** Access that was asked for. */
export type PendingIdentity = Extract<StoredIdentity, { readonly state: 'pending' }>;

const FOLDER = 'enrolment';
const NAME = 'identity.json';
/** The file of the key that the hub signs with, for those who check its acks. */
const HUB_KEY_NAME = 'hub.vkey';

/** Where an edge keeps its access, below its data. */
export function enrolmentFolder(root: string): string {
  return join(root, FOLDER);
}

/** The file of the hub's verifier key, there once the edge is enrolled. */
export function hubKeyFile(root: string): string {
  return join(enrolmentFolder(root), HUB_KEY_NAME);
}

/** What is stored; undefined where this edge never asked. Errors: `FORBIDDEN` where others may read it, `FILE_MALFORMED`. */
export function readIdentity(root: string): StoredIdentity | undefined {
  const path = join(enrolmentFolder(root), NAME);
  if (!existsSync(path)) return undefined;
  const { text } = readPrivateFile(path);
  try {
    return decode(StoredIdentity, JSON.parse(text), 'the access of this edge');
  } catch {
    // The cause may repeat a part of the key.
    throw new KitError('FILE_MALFORMED', `${path} holds no access to a hub`, {
      hint: 'Restore it from a copy, or remove it and enrol this edge again with a new token.',
    });
  }
}

/** Keeps the access. Errors: those of `writeDurably`. */
export async function writeIdentity(root: string, identity: StoredIdentity): Promise<void> {
  ensureFolder(enrolmentFolder(root));
  if (identity.state === 'enrolled') await writeDurably(hubKeyFile(root), `${identity.grant.hubKey}\n`);
  await writeDurably(join(enrolmentFolder(root), NAME), `${JSON.stringify(identity)}\n`);
}
