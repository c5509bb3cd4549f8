import type { TLSSocket } from 'node:tls';
import { EnrolmentId } from '@gatehouse/shared/schema/enrolment.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';

/** Whom a certificate names. Shape: `serial` in upper-case hex. Units: `endsAtMs` in milliseconds since 1970. */
export interface DeviceIdentity {
  readonly edge: string;
  readonly enrolment: string;
  readonly serial: string;
  readonly endsAtMs: number;
}

/** Whom the other end of a connection has proved to be; undefined where it showed no certificate of ours. */
export function identityOf(socket: TLSSocket): DeviceIdentity | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerCertificate();
  // A name that stands twice is a list here, and names nobody.
  const edge = Identifier.safeParse(certificate.subject?.CN);
  const enrolment = EnrolmentId.safeParse(certificate.subject?.OU);
  const endsAtMs = Date.parse(certificate.valid_to);
  if (!edge.success || !enrolment.success || Number.isNaN(endsAtMs)) return undefined;
  return { edge: edge.data, enrolment: enrolment.data, serial: certificate.serialNumber, endsAtMs };
}
