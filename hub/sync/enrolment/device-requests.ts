import { keyFingerprint } from '@gatehouse/shared/enrolment/key-fingerprint.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { openDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import {
  ENROLMENT_TYPE,
  type EnrolmentAnswer,
  EnrolmentDocument,
  type EnrolmentGrant,
  type EnrolmentRequest,
  isLiveEnrolment,
  RENEWAL_TYPE,
  RenewalDocument,
} from '@gatehouse/shared/schema/enrolment.ts';
import { addMs, ageMs, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { raiseAlarms } from '../../store/alarm-rows.ts';
import { type EnrolmentRow, findEnrolment, writeRenewal, writeRequest } from '../../store/enrolment-rows.ts';
import { readStreams } from '../../store/stream-rows.ts';
import { publicKeyFingerprint, publicKeyOfRequest } from './certificates.ts';
import type { DeviceIdentity } from './device-identity.ts';
import { keepCertificate } from './enrolment-desk.ts';
import { type EnrolmentDeps, type EnrolmentWork, grantOf, inEnrolmentWork, isSecretOf } from './enrolment-work.ts';

/** What an edge may ask for by itself. */
export interface DeviceRequests {
  /**
   * Takes the request of an edge that has a token; the same request again gets the same answer.
   *
   * Errors: `FORBIDDEN` for a token that is unknown, used, over or of another edge; `VALUE_MALFORMED`, `SIGNATURE_INVALID`.
   */
  request(asked: EnrolmentRequest, from: string): Promise<EnrolmentAnswer>;
  /** How a request stands, for whoever holds its token. Errors: `FORBIDDEN`. */
  answer(enrolmentId: string, secret: string): Promise<EnrolmentAnswer>;
  /** The next certificate of an edge that shows the one before. Errors: `FORBIDDEN`, `SIGNATURE_INVALID`, `VALUE_MALFORMED`. */
  renew(device: DeviceIdentity, note: string): Promise<EnrolmentGrant>;
}

/** How long people have to decide on a request. Units: milliseconds. */
export const DECISION_MS_MAX = 24 * 3_600_000;

/** A renewal for the same key within this time is the same renewal, whose answer was lost. */
const SAME_RENEWAL_MS = 24 * 3_600_000;

/** What edges ask the hub for. */
export function createDeviceRequests(deps: EnrolmentDeps): DeviceRequests {
  return {
    request: (asked, from) => takeRequest(deps, asked, from),
    async answer(enrolmentId, secret) {
      const row = await inEnrolmentWork(deps, ({ tx }) => findEnrolment(tx, enrolmentId));
      if (row === undefined || !isSecretOf(row, secret) || row.request === null) throw badToken();
      return answerOf(deps, row);
    },
    renew: (device, note) => renew(deps, device, note),
  };
}

interface Asked {
  readonly document: EnrolmentDocument;
  readonly request: EnrolmentRequest;
  readonly csrKey: string;
  readonly from: string;
}

async function takeRequest(deps: EnrolmentDeps, request: EnrolmentRequest, from: string): Promise<EnrolmentAnswer> {
  const verifier = parseVerifierKey(request.verifierKey);
  const opened = openDocument(request.note, ENROLMENT_TYPE, [verifier]);
  const document = decode(EnrolmentDocument, opened.value, 'the request');
  if (verifier.name !== document.edge) {
    throw new KitError('FORBIDDEN', `the request of ${document.edge} is signed with the key of ${verifier.name}`);
  }
  const publicKey = await publicKeyOfRequest(document.csr, document.edge);
  const asked: Asked = { document, request, csrKey: await publicKeyFingerprint(publicKey), from };
  // Whatever is refused here still leaves its traces, so the transaction ends well and the refusal is thrown after it.
  const result = await inEnrolmentWork(deps, (work) => judgeRequest(work, asked));
  if (result instanceof KitError) throw result;
  return answerOf(deps, result);
}

async function judgeRequest(work: EnrolmentWork, asked: Asked): Promise<EnrolmentRow | KitError> {
  const { document, request, from } = asked;
  const row = await findEnrolment(work.tx, document.enrolment);
  if (!isSecretOf(row, request.secret) || row === undefined) return badToken();
  if (row.edge !== document.edge) {
    return new KitError('FORBIDDEN', `the token is for ${row.edge}, not for ${document.edge}`, {
      hint: 'Enrol the edge that the token was issued for, or have a token issued for this one.',
    });
  }
  if (row.request !== null) return row.request.note === request.note ? row : tellOfReuse(work, row, from);
  if (row.state !== 'token-issued') return endedToken(row);
  const [known] = await readStreams(work.tx, [row.edge]);
  if (known !== undefined && known.verifierKey !== request.verifierKey) return strangeKey(row.edge);
  await work.move(row, 'request');
  const { machine, csr } = document;
  await writeRequest(work.tx, row.enrolmentId, {
    note: request.note,
    verifierKey: request.verifierKey,
    csr,
    csrKey: asked.csrKey,
    machine,
    address: from,
    requestedAt: work.at,
    endsAt: instantText(addMs(work.now, DECISION_MS_MAX)),
  });
  const after = { enrolment: row.enrolmentId, edgeKey: keyFingerprint(request.verifierKey), deviceKey: asked.csrKey };
  await work.record({
    action: 'device.requested',
    by: row.edge,
    from,
    target: row.edge,
    after: { ...after, host: machine.host },
  });
  return { ...row, state: 'requested' };
}

/** A token that somebody else had already used is a sign that it was seen on its way. */
async function tellOfReuse({ tx, at }: EnrolmentWork, row: EnrolmentRow, from: string): Promise<KitError> {
  const message = `the token of the enrolment ${row.enrolmentId} was used a second time, by another request from ${from}`;
  await raiseAlarms(tx, [{ code: 'ENROLMENT_TOKEN_REUSED', severity: 'alarm', edge: row.edge, message }], at);
  return new KitError('FORBIDDEN', 'the token was used already', {
    hint: 'A token works once. If it was not you, refuse the request in the console and issue another token.',
  });
}

function answerOf(deps: EnrolmentDeps, row: EnrolmentRow): EnrolmentAnswer {
  const { enrolmentId: id, state, reason } = row;
  if (isLiveEnrolment(state)) return { v: 1, state: 'approved', id, grant: grantOf(deps, row.certificate) };
  if (state === 'requested' || state === 'token-issued') return { v: 1, state: 'requested', id };
  return { v: 1, state: 'refused', id, why: reason ?? 'Nobody decided on it in time.' };
}

async function renew(deps: EnrolmentDeps, device: DeviceIdentity, note: string): Promise<EnrolmentGrant> {
  const [known] = await readStreams(deps.database, [device.edge]);
  if (known === undefined) throw new KitError('FORBIDDEN', `no key of ${device.edge} is known`);
  const opened = openDocument(note, RENEWAL_TYPE, [parseVerifierKey(known.verifierKey)]);
  const document = decode(RenewalDocument, opened.value, 'the renewal');
  const { edge, enrolment, serial } = document;
  if (edge !== device.edge || enrolment !== device.enrolment || serial !== device.serial) {
    throw new KitError('FORBIDDEN', 'the renewal is for another certificate than the one that the connection shows');
  }
  const csrKey = await publicKeyFingerprint(await publicKeyOfRequest(document.csr, edge));
  return inEnrolmentWork(deps, async (work) => {
    const row = await findEnrolment(work.tx, enrolment);
    if (row === undefined || row.edge !== edge || !isLiveEnrolment(row.state)) throw endedAccess(edge);
    if (isSameRenewal(row, csrKey, work)) return grantOf(deps, row.certificate);
    await work.move(row, 'renew');
    const made = await deps.authority.issueDevice({ csr: document.csr, edge, enrolment, now: work.now });
    await keepCertificate(work, enrolment, made);
    await writeRenewal(work.tx, enrolment, { csr: document.csr, csrKey, at: work.at });
    const after = { enrolment, serial: made.serial, deviceKey: csrKey, endsAt: instantText(made.notAfter) };
    await work.record({ action: 'device.renewed', by: edge, target: edge, before: { serial }, after });
    return grantOf(deps, made.pem);
  });
}

function isSameRenewal({ request, renewedAt }: EnrolmentRow, csrKey: string, { now }: EnrolmentWork): boolean {
  if (request?.csrKey !== csrKey || renewedAt === null) return false;
  return ageMs(parseInstant(renewedAt), now) < SAME_RENEWAL_MS;
}

function badToken(): KitError {
  return new KitError('FORBIDDEN', 'the token is not known here', {
    hint: 'Issue a new token on the page of devices and use it within 15 minutes.',
  });
}

function endedToken({ state, reason }: EnrolmentRow): KitError {
  return new KitError(
    'FORBIDDEN',
    `the token is ${state === 'refused' ? 'withdrawn' : state}${reason === null ? '' : `: ${reason}`}`,
    {
      hint: 'Issue a new token on the page of devices and use it within 15 minutes.',
    },
  );
}

function strangeKey(edge: string): KitError {
  return new KitError('FORBIDDEN', `${edge} is known by another key`, {
    hint: 'If the edge lost its key, give the new installation a new name; its old records stay under the old one.',
  });
}

function endedAccess(edge: string): KitError {
  return new KitError('FORBIDDEN', `the access of ${edge} has ended`, {
    hint: 'Have a new token issued on the page of devices and enrol this edge again.',
  });
}
