import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { RENEWAL_TYPE, RenewalAnswer } from '@gatehouse/shared/schema/enrolment.ts';
import { fromMillis, type Instant } from '@gatehouse/shared/values/instant.ts';
import { certificateOf } from './device-certificate.ts';
import { makeDeviceKey, openStoredKey, storeKey } from './device-key.ts';
import { askDoor } from './door-client.ts';
import { createDoorFetch } from './door-fetch.ts';
import { type EnrolledIdentity, hubKeyFile, readIdentity, writeIdentity } from './identity-file.ts';

/** An enrolled edge's access to its hub. */
export interface HubIdentity {
  readonly edge: string;
  /** Where the broker is; the run of this process stands in it as its user. */
  readonly broker: string;
  readonly hubKeyFile: string;
  /** The hub's door, below which shapes are read with `fetch`. */
  readonly door: string;
  /** What a connection shows and believes, with the newest certificate. */
  secure(): SecureContextOptions;
  /** As the built-in one, with this edge's certificate. */
  readonly fetch: typeof fetch;
  readonly term: CertificateTerm;
  /** Fetches the next certificate, for a new key. Errors: `FORBIDDEN` where the hub says no, `HUB_UNREACHABLE`, `SIGNATURE_INVALID`. */
  renew(signer: Signer): Promise<void>;
  close(): void;
}

/** From when to when a certificate is good. */
export interface CertificateTerm {
  readonly from: Instant;
  readonly until: Instant;
}

/** What an identity is opened with. Shape: `instance` names this run of the process, so that two machines of one name are found. */
export interface HubIdentityOptions {
  readonly root: string;
  readonly edge: string;
  readonly passphrase: string | undefined;
  readonly instance: string;
}

/** The header by which the hub learns which run of this edge asks. */
const INSTANCE_HEADER = 'gatehouse-instance';

/**
 * The access of this edge; undefined where it is not enrolled.
 *
 * Errors: `FORBIDDEN` where others may read it, or the passphrase is missing or wrong; `FILE_MALFORMED` where it is not this
 *         edge's or its key and certificate do not belong together.
 */
export function openHubIdentity(options: HubIdentityOptions): HubIdentity | undefined {
  const { root, edge, passphrase, instance } = options;
  const stored = readIdentity(root);
  if (stored?.state !== 'enrolled') return undefined;
  if (stored.edge !== edge) throw malformed(`it is the access of ${stored.edge}, not of ${edge}`);
  let now = opened(stored, passphrase);
  const secure = (): SecureContextOptions => now.secure;
  const door = createDoorFetch({ secure, headers: { [INSTANCE_HEADER]: instance } });
  return {
    edge,
    get broker() {
      return withUser(now.stored.grant.broker, instance);
    },
    hubKeyFile: hubKeyFile(root),
    door: stored.door,
    secure,
    fetch: door.fetch,
    get term() {
      return termOf(now.certificate);
    },
    renew: async (signer) => {
      const next = await nextIdentity(now, { signer, passphrase, ask: door.fetch });
      await writeIdentity(root, next);
      now = opened(next, passphrase);
    },
    close: () => door.close(),
  };
}

interface Opened {
  readonly stored: EnrolledIdentity;
  readonly certificate: X509Certificate;
  readonly secure: SecureContextOptions;
}

function opened(stored: EnrolledIdentity, passphrase: string | undefined): Opened {
  const key = openStoredKey(stored.key, passphrase);
  const certificate = new X509Certificate(stored.grant.certificate);
  if (!certificate.checkPrivateKey(createPrivateKey(key)))
    throw malformed('its key and its certificate do not belong together');
  const trust = { ca: stored.authority, minVersion: 'TLSv1.3' } as const;
  return { stored, certificate, secure: { cert: stored.grant.certificate, key, ...trust } };
}

interface Renewal {
  readonly signer: Signer;
  readonly passphrase: string | undefined;
  readonly ask: typeof fetch;
}

async function nextIdentity(now: Opened, { signer, passphrase, ask }: Renewal): Promise<EnrolledIdentity> {
  const { edge, id, door } = now.stored;
  const key = await makeDeviceKey(edge);
  const { serialNumber: serial } = now.certificate;
  const note = signDocument(signer, RENEWAL_TYPE, { v: 1, enrolment: id, edge, csr: key.csr, serial });
  const question = { url: `${door}/v1/renew`, body: { v: 1, note }, schema: RenewalAnswer, what: 'the renewal' };
  const { grant } = await askDoor(ask, question);
  const next = { ...now.stored, key: storeKey(key.pem, passphrase), grant };
  certificateOf(next, grant);
  // A sealed key stays sealed: without its passphrase this identity would not have opened.
  return now.stored.key.seal === 'none' ? { ...next, key: storeKey(key.pem, undefined) } : next;
}

function termOf(certificate: X509Certificate): CertificateTerm {
  return {
    from: fromMillis(certificate.validFromDate.getTime()),
    until: fromMillis(certificate.validToDate.getTime()),
  };
}

function withUser(address: string, user: string): string {
  const url = new URL(address);
  url.username = user;
  return url.href;
}

function malformed(why: string): KitError {
  return new KitError('FILE_MALFORMED', `the access of this edge to its hub cannot be used: ${why}`, {
    hint: 'Restore the folder "enrolment" from a copy, or remove it and enrol this edge again with a new token.',
  });
}
