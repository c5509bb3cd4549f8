import { z } from 'zod';
import { HashText, Identifier, InstantText } from './fields.ts';

/** The type of the document by which an edge asks to be enrolled. */
export const ENROLMENT_TYPE = 'gatehouse/enrolment/v1';
/** The type of the document by which an edge asks for its next certificate. */
export const RENEWAL_TYPE = 'gatehouse/renewal/v1';

/** The longest certificate request. Units: base64 characters; one for a key on a curve has about 400. */
const CSR_LENGTH_MAX = 4_096;
/** The longest PEM text of one or two certificates. Units: characters. */
const PEM_LENGTH_MAX = 16_384;
/** The longest signed note of a request. Units: characters. */
const NOTE_LENGTH_MAX = 16_384;

/** The id of one enrolment of one edge, made by the hub. */
export const EnrolmentId = z.string().regex(/^E-[0-9a-f]{16}$/, 'not the id of an enrolment');
/** 32 random bytes of a token, as text; the hub keeps only their hash. */
export const TokenSecret = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'not the secret of a token');
/** A run of an edge's process: 8 random bytes in hex, new with every start. */
export const InstanceId = z.string().regex(/^[0-9a-f]{16}$/, 'not the id of an instance');

const Csr = z
  .string()
  .max(CSR_LENGTH_MAX)
  .regex(/^[A-Za-z0-9+/]+={0,2}$/, 'not base64');
const Pem = z
  .string()
  .max(PEM_LENGTH_MAX)
  .regex(/^-----BEGIN CERTIFICATE-----\n/, 'not a certificate');
const Word = z.string().min(1).max(200);

/**
 * What a person carries from the console to a new edge.
 *
 * Shape:  `hub` is the address of the hub's door, `authority` the SHA-256 of its certificate authority's certificate (DER).
 * Errors: decoding refuses unknown keys and addresses that are not `https`.
 */
export const EnrolmentToken = z.strictObject({
  v: z.literal(1),
  id: EnrolmentId,
  edge: Identifier,
  hub: z.url({ protocol: /^https$/ }).max(300),
  authority: HashText,
  expiresAt: InstantText,
  secret: TokenSecret,
});
export type EnrolmentToken = z.output<typeof EnrolmentToken>;

/** What a machine says of itself, for the person who approves it; nothing is decided by it. */
export const MachineFacts = z.strictObject({
  host: Word,
  system: Word,
  processor: Word,
  user: Word,
  release: Word,
});
export type MachineFacts = z.output<typeof MachineFacts>;

/**
 * What the edge's own key signs: that the key in the certificate request is of the same machine.
 *
 * Shape: `csr` is PKCS #10 in DER, as base64; `enrolment` names the token, so that the document serves for no other.
 * Source: RFC 2986 (certification request).
 */
export const EnrolmentDocument = z.strictObject({
  v: z.literal(1),
  enrolment: EnrolmentId,
  edge: Identifier,
  csr: Csr,
  machine: MachineFacts,
});
export type EnrolmentDocument = z.output<typeof EnrolmentDocument>;

/**
 * A new edge's request. Shape: `note` is an `EnrolmentDocument` signed by the key whose public half is `verifierKey`; the
 * secret travels in the body, so that it stands in no address and no log.
 */
export const EnrolmentRequest = z.strictObject({
  v: z.literal(1),
  secret: TokenSecret,
  verifierKey: Word,
  note: z.string().max(NOTE_LENGTH_MAX),
});
export type EnrolmentRequest = z.output<typeof EnrolmentRequest>;

/** What an enrolled edge works with. Shape: `hubKey` is the verifier key that acks are checked with. */
export const EnrolmentGrant = z.strictObject({
  certificate: Pem,
  authority: Pem,
  broker: z.url({ protocol: /^mqtts$/ }).max(300),
  hubKey: Word,
});
export type EnrolmentGrant = z.output<typeof EnrolmentGrant>;

/** How a request stands. Shape: a refusal says why in a sentence. */
export const EnrolmentAnswer = z.discriminatedUnion('state', [
  z.strictObject({ v: z.literal(1), state: z.literal('requested'), id: EnrolmentId }),
  z.strictObject({ v: z.literal(1), state: z.literal('approved'), id: EnrolmentId, grant: EnrolmentGrant }),
  z.strictObject({ v: z.literal(1), state: z.literal('refused'), id: EnrolmentId, why: z.string().max(2_000) }),
]);
export type EnrolmentAnswer = z.output<typeof EnrolmentAnswer>;

/**
 * What an edge signs for its next certificate, over a key that may be new.
 *
 * Shape: `serial` is the number of the certificate that the connection shows, so that the note serves for this renewal alone.
 */
export const RenewalDocument = z.strictObject({
  v: z.literal(1),
  enrolment: EnrolmentId,
  edge: Identifier,
  csr: Csr,
  serial: z.string().regex(/^[0-9A-F]{2,64}$/, 'not the number of a certificate'),
});
export type RenewalDocument = z.output<typeof RenewalDocument>;

/** A request for the next certificate. */
export const RenewalRequest = z.strictObject({ v: z.literal(1), note: z.string().max(NOTE_LENGTH_MAX) });
/** The answer: all that the edge needs from now on. */
export const RenewalAnswer = z.strictObject({ v: z.literal(1), grant: EnrolmentGrant });

/** Where the enrolment of one edge stands. */
export const enrolmentStates = [
  'token-issued',
  'requested',
  'approved',
  'refused',
  'expired',
  'active',
  'renewed',
  'revoked',
] as const;

/** One of the states of an enrolment. */
export type EnrolmentState = (typeof enrolmentStates)[number];

/** What can happen to an enrolment. Shape: `use` is the first connection by the certificate, `expire` the end of a term. */
export type EnrolmentEvent = 'request' | 'approve' | 'refuse' | 'expire' | 'use' | 'renew' | 'revoke';

const never = undefined;
const ended = {
  request: never,
  approve: never,
  refuse: never,
  expire: never,
  use: never,
  renew: never,
  revoke: never,
} as const;

/**
 * Every move of an enrolment; `never` is refused. Shape: what was refused, has expired or was revoked stays so; the way back
 * is a new token and another approval.
 */
export const enrolmentMoves: Readonly<
  Record<EnrolmentState, Readonly<Record<EnrolmentEvent, EnrolmentState | undefined>>>
> = {
  'token-issued': { ...ended, request: 'requested', refuse: 'refused', expire: 'expired' },
  requested: { ...ended, approve: 'approved', refuse: 'refused', expire: 'expired' },
  approved: { ...ended, use: 'active', renew: 'renewed', expire: 'expired', revoke: 'revoked' },
  active: { ...ended, renew: 'renewed', expire: 'expired', revoke: 'revoked' },
  renewed: { ...ended, renew: 'renewed', expire: 'expired', revoke: 'revoked' },
  refused: ended,
  expired: ended,
  revoked: ended,
};

/** The state that an event leads to; undefined where it is not possible. */
export function nextEnrolmentState(state: EnrolmentState, event: EnrolmentEvent): EnrolmentState | undefined {
  return enrolmentMoves[state][event];
}

/** Whether the certificates of an enrolment open anything. */
export function isLiveEnrolment(state: EnrolmentState): boolean {
  return state === 'approved' || state === 'active' || state === 'renewed';
}
