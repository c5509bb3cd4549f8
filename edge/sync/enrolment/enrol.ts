import { keyFingerprint } from '@gatehouse/shared/enrolment/key-fingerprint.ts';
import { parseTokenText } from '@gatehouse/shared/enrolment/token-text.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import {
  ENROLMENT_TYPE,
  EnrolmentAnswer,
  type EnrolmentGrant,
  type EnrolmentToken,
  type MachineFacts,
} from '@gatehouse/shared/schema/enrolment.ts';
import { certificateOf } from './device-certificate.ts';
import { type DeviceKey, makeDeviceKey, storeKey } from './device-key.ts';
import { askDoor } from './door-client.ts';
import { createDoorFetch } from './door-fetch.ts';
import {
  type EnrolledIdentity,
  type PendingIdentity,
  readIdentity,
  type StoredIdentity,
  writeIdentity,
} from './identity-file.ts';
import { fetchAuthority } from './pinned-authority.ts';

/** What an enrolment needs. Shape: `token` is absent where one that was begun is to go on. Units: milliseconds. */
export interface EnrolOptions {
  readonly root: string;
  readonly token: string | undefined;
  /** The name that this edge is to have, where the person said one. */
  readonly name: string | undefined;
  readonly signerOf: (edge: string) => Promise<Signer>;
  readonly machine: MachineFacts;
  readonly passphrase: string | undefined;
  readonly waitMs: number;
  readonly monotonicMs: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly log: (line: string) => void;
}

const POLL_MS = 2_000;

/**
 * Asks a hub to let this edge in and waits for a person's decision.
 *
 * Shape:  a crash or the end of the wait loses nothing: what was asked is on disk before it is sent, and the next call goes on
 *         with it. What the hub grants is checked before it is kept.
 * Errors: `VALUE_MALFORMED` for a text that is no token; `STATE_CONFLICT` where the name does not fit or nobody has decided yet;
 *         `FORBIDDEN` where the hub says no; `SIGNATURE_INVALID`, `HUB_UNREACHABLE`.
 */
export async function enrol(options: EnrolOptions): Promise<EnrolledIdentity> {
  const { root, log } = options;
  const known = readIdentity(root);
  const pending = options.token === undefined ? pendingOf(known, root) : await begin(options, options.token, known);
  const door = createDoorFetch({ secure: () => ({ ca: pending.authority }) });
  try {
    const { secret } = pending.request;
    let answer = await askDoor(door.fetch, {
      url: `${pending.door}/v1/enrol`,
      body: pending.request,
      schema: EnrolmentAnswer,
      what: 'the answer of the hub',
    });
    const endsMs = options.monotonicMs() + options.waitMs;
    if (answer.state === 'requested') log('The hub has the request. A person approves it on its page of devices.');
    while (answer.state === 'requested') {
      if (options.monotonicMs() >= endsMs) throw stillWaiting(pending);
      await options.sleep(POLL_MS);
      const url = `${pending.door}/v1/enrol/${pending.id}`;
      answer = await askDoor(door.fetch, { url, secret, schema: EnrolmentAnswer, what: 'the answer of the hub' });
    }
    if (answer.state === 'approved') return await keepGrant(options, pending, answer.grant);
    throw new KitError('FORBIDDEN', `the hub refused this edge: ${answer.why}`, {
      hint: 'Ask the person who decided, and enrol again with a new token.',
    });
  } finally {
    door.close();
  }
}

async function begin(options: EnrolOptions, text: string, known: StoredIdentity | undefined): Promise<PendingIdentity> {
  const token = parseTokenText(text);
  const { id, edge, hub, authority: fingerprint } = token;
  assertName(token, options.name);
  // The same token once more is the same request: a token works once.
  if (known?.state === 'pending' && known.id === id) return known;
  const authority = await fetchAuthority(hub, fingerprint);
  const signer = await options.signerOf(edge);
  const key = await makeDeviceKey(edge);
  const { machine } = options;
  const note = signDocument(signer, ENROLMENT_TYPE, { v: 1, enrolment: id, edge, csr: key.csr, machine });
  const pending: PendingIdentity = {
    v: 1,
    state: 'pending',
    edge,
    id,
    door: hub.replace(/\/$/, ''),
    authority,
    key: storeKey(key.pem, options.passphrase),
    request: { v: 1, secret: token.secret, verifierKey: signer.verifierKey, note },
  };
  await writeIdentity(options.root, pending);
  tellKeys(options, key, signer);
  return pending;
}

function tellKeys({ log, passphrase, root }: EnrolOptions, key: DeviceKey, { verifierKey, name }: Signer): void {
  log(`Edge ${name}. Read these to the person who approves it; the console must show the same:`);
  log(`  key of the records      ${keyFingerprint(verifierKey)}`);
  log(`  key of the certificate  ${key.fingerprint}`);
  if (passphrase !== undefined) return;
  log(
    `The certificate's key lies in ${root}, readable by this user alone: whoever reads all files of this user reads it.`,
  );
}

async function keepGrant(
  { root, log }: EnrolOptions,
  { request: _request, ...pending }: PendingIdentity,
  grant: EnrolmentGrant,
): Promise<EnrolledIdentity> {
  const certificate = certificateOf(pending, grant);
  const enrolled: EnrolledIdentity = { ...pending, state: 'enrolled', grant };
  await writeIdentity(root, enrolled);
  log(
    `Approved: ${pending.edge} may connect until ${certificate.validToDate.toISOString()}; a running edge renews that by itself.`,
  );
  return enrolled;
}

function pendingOf(known: StoredIdentity | undefined, root: string): PendingIdentity {
  if (known?.state === 'pending') return known;
  throw new KitError('STATE_CONFLICT', `no enrolment waits for an answer in ${root}`, {
    hint: 'Give a token from the page of devices: gatehouse enrol TOKEN.',
  });
}

function assertName({ edge }: EnrolmentToken, name: string | undefined): void {
  if (name === undefined || name === edge) return;
  throw new KitError('STATE_CONFLICT', `the token is for ${edge}, not for ${name}`, {
    hint: 'Have a token issued for this name, or leave --name out to take the name of the token.',
  });
}

function stillWaiting({ edge }: PendingIdentity): KitError {
  return new KitError('STATE_CONFLICT', `nobody has decided on ${edge} yet`, {
    hint: 'Run "gatehouse enrol --resume" once a person has approved it; the request stays good for a day.',
  });
}
