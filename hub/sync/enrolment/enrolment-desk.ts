import { keyFingerprint } from '@gatehouse/shared/enrolment/key-fingerprint.ts';
import { tokenText } from '@gatehouse/shared/enrolment/token-text.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { Identifier, Sentence } from '@gatehouse/shared/schema/fields.ts';
import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import { HUB_STREAM } from '../../ingest/read-entry.ts';
import { registerEdge } from '../../ingest/register-edge.ts';
import {
  countOpenTokens,
  type EnrolmentRow,
  findEnrolment,
  insertEnrolment,
  listEnrolments,
  liveEnrolments,
  writeCertificate,
  writeDecision,
} from '../../store/enrolment-rows.ts';
import type { MadeCertificate } from './certificates.ts';
import {
  type DeviceActor,
  type EnrolmentDeps,
  type EnrolmentWork,
  inEnrolmentWork,
  secretHashOf,
} from './enrolment-work.ts';

/** What people do about the edges that may connect. Errors: `STATE_CONFLICT` where somebody else was faster. */
export interface EnrolmentDesk {
  /** Issues a token; its text is given back once and is kept nowhere. Errors: `VALUE_MALFORMED`, `QUEUE_FULL`. */
  issueToken(actor: DeviceActor, edge: string): Promise<IssuedToken>;
  /** Lets an edge in. Errors: `NOT_FOUND`, `STATE_CONFLICT`, `FORBIDDEN` where the name belongs to another key. */
  approve(actor: DeviceActor, decision: DeviceDecision): Promise<void>;
  /** Refuses a request, or withdraws a token that nobody used. Errors: `NOT_FOUND`, `STATE_CONFLICT`. */
  refuse(actor: DeviceActor, decision: DeviceDecision): Promise<void>;
  /** Takes access away from now on. Errors: `NOT_FOUND`, `STATE_CONFLICT`. */
  revoke(actor: DeviceActor, decision: DeviceDecision): Promise<void>;
  list(): Promise<readonly EnrolmentRow[]>;
}

/** A person's word on an enrolment. */
export interface DeviceDecision {
  readonly enrolmentId: string;
  readonly reason: string;
}

/** A token that was issued. */
export interface IssuedToken {
  readonly enrolmentId: string;
  readonly text: string;
  readonly expiresAt: string;
}

/** How long a token is good. Source: RFC 7030 (enrolment over secure transport), one short-lived secret per device. */
export const TOKEN_MS_MAX = 15 * 60_000;

const OPEN_TOKENS_MAX = 100;
const ID_BYTES = 8;
const SECRET_BYTES = 32;

/** The desk. Shape: `changed` is told after each decision, so that it counts at once. */
export function createEnrolmentDesk(deps: EnrolmentDeps & { readonly changed: () => Promise<void> }): EnrolmentDesk {
  const decide =
    (work: (opened: EnrolmentWork, row: EnrolmentRow, step: Step) => Promise<void>) =>
    async (actor: DeviceActor, { enrolmentId, reason }: DeviceDecision): Promise<void> => {
      assertReason(reason);
      await inEnrolmentWork(deps, async (opened) => {
        const row = await findEnrolment(opened.tx, enrolmentId);
        if (row === undefined) throw new KitError('NOT_FOUND', `there is no enrolment ${enrolmentId.slice(0, 40)}`);
        await work(opened, row, { actor, reason });
      });
      await deps.changed();
    };
  return {
    issueToken: (actor, edge) => issueToken(deps, actor, edge),
    approve: decide((opened, row, step) => approve(deps, opened, { row, ...step })),
    refuse: decide((opened, row, step) => end(opened, 'refuse', { row, ...step })),
    revoke: decide((opened, row, step) => end(opened, 'revoke', { row, ...step })),
    list: () => listEnrolments(deps.database),
  };
}

interface Step {
  readonly actor: DeviceActor;
  readonly reason: string;
}

async function issueToken(deps: EnrolmentDeps, { personId, from }: DeviceActor, edge: string): Promise<IssuedToken> {
  if (edge === HUB_STREAM || !Identifier.safeParse(edge).success) {
    throw new KitError('VALUE_MALFORMED', `${JSON.stringify(edge.slice(0, 100))} cannot be the name of an edge`, {
      hint: 'Use letters, digits and ".", "_" or "-", at most 64 characters, and not "hub".',
    });
  }
  const enrolmentId = `E-${Buffer.from(deps.random(ID_BYTES)).toString('hex')}`;
  const secret = Buffer.from(deps.random(SECRET_BYTES)).toString('base64url');
  const expires = await inEnrolmentWork(deps, async ({ tx, now, at, record }) => {
    if ((await countOpenTokens(tx)) >= OPEN_TOKENS_MAX) {
      throw new KitError('QUEUE_FULL', `${OPEN_TOKENS_MAX} tokens wait to be used`, {
        hint: 'Withdraw those that nobody needs, or wait until they have expired.',
      });
    }
    const endsAt = addMs(now, TOKEN_MS_MAX);
    const issued = { enrolmentId, edge, secretHash: secretHashOf(secret), issuedBy: personId, issuedAt: at };
    await insertEnrolment(tx, { ...issued, endsAt: instantText(endsAt) });
    const after = { enrolment: enrolmentId, expiresAt: instantText(endsAt) };
    await record({ action: 'device.token-issued', by: personId, from, target: edge, after });
    return endsAt;
  });
  const { fingerprint: authority } = deps.authority;
  const hub = deps.place().door;
  const text = tokenText({ v: 1, id: enrolmentId, edge, hub, authority, expiresAt: expires, secret });
  return { enrolmentId, text, expiresAt: instantText(expires) };
}

async function approve(
  deps: EnrolmentDeps,
  work: EnrolmentWork,
  { row, actor, reason }: Step & { readonly row: EnrolmentRow },
): Promise<void> {
  const { tx, at, now } = work;
  const { enrolmentId, edge, request } = row;
  // One name has one live enrolment, so the one before ends first; all of it is undone where this one was decided already.
  await replaceOthers(work, row, actor);
  await work.move(row, 'approve');
  if (request === null) throw new KitError('INVARIANT_BROKEN', `${enrolmentId} was requested without a request`);
  const { verifierKey, csr, csrKey } = request;
  await registerEdge(tx, { hubStream: deps.stream, ledger: deps.ledger }, { edge, verifierKey, by: actor.personId });
  const made = await deps.authority.issueDevice({ csr, edge, enrolment: enrolmentId, now });
  await keepCertificate(work, enrolmentId, made);
  await writeDecision(tx, enrolmentId, { by: actor.personId, at, reason });
  await work.record({
    action: 'device.approved',
    by: actor.personId,
    from: actor.from,
    target: edge,
    after: {
      enrolment: enrolmentId,
      edgeKey: keyFingerprint(verifierKey),
      deviceKey: csrKey,
      serial: made.serial,
      endsAt: instantText(made.notAfter),
    },
    note: reason,
  });
}

/** One name is one machine: where the edge was enrolled before, the certificates from then end here. */
async function replaceOthers(work: EnrolmentWork, row: EnrolmentRow, actor: DeviceActor): Promise<void> {
  for (const other of await liveEnrolments(work.tx, row.edge)) {
    if (other.enrolmentId === row.enrolmentId) continue;
    await end(work, 'revoke', { row: other, actor, reason: `Replaced by the enrolment ${row.enrolmentId}.` });
  }
}

async function end(
  work: EnrolmentWork,
  event: 'refuse' | 'revoke',
  { row, actor, reason }: Step & { readonly row: EnrolmentRow },
): Promise<void> {
  const { enrolmentId, edge } = row;
  const state = await work.move(row, event);
  await writeDecision(work.tx, enrolmentId, { by: actor.personId, at: work.at, reason });
  await work.record({
    action: `device.${state}`,
    by: actor.personId,
    from: actor.from,
    target: edge,
    before: { state: row.state },
    after: { enrolment: enrolmentId, state },
    note: reason,
  });
}

/** Keeps a certificate as the one that an edge now has. */
export async function keepCertificate(
  { tx, at }: Pick<EnrolmentWork, 'tx' | 'at'>,
  enrolmentId: string,
  { pem, serial, notAfter }: MadeCertificate,
): Promise<void> {
  await writeCertificate(tx, enrolmentId, { pem, serial, at, endsAt: instantText(notAfter) });
}

function assertReason(reason: string): void {
  if (Sentence.safeParse(reason).success && reason.trim() !== '') return;
  throw new KitError('VALUE_MALFORMED', 'the reason is missing or longer than 2,000 characters', {
    hint: 'Say in a sentence why; it stands in the ledger beside your name.',
  });
}
