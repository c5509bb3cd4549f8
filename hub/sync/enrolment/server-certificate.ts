import type { SecureContextOptions } from 'node:tls';
import { describeError } from '@gatehouse/shared/errors.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import { type Authority, SERVER_TERM_MS } from './authority.ts';

/** The certificate of the hub's doors, which is always good for a while. */
export interface ServerCertificate {
  context(): SecureContextOptions;
  /** Tells of each new certificate, so that an open door takes it for its next connections. */
  onRenewed(listener: () => void): () => void;
  /** Makes a new one where two thirds of the term are over. */
  renewIfDue(): Promise<void>;
  close(): void;
}

/** What it is made with. Shape: `hosts` are the names and addresses by which edges reach the doors. */
export interface ServerCertificateDeps {
  readonly authority: Authority;
  readonly name: string;
  readonly hosts: readonly string[];
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

const LOOK_MS = 3_600_000;

/** Makes the certificate of this start; its key lives in memory alone. */
export async function openServerCertificate(deps: ServerCertificateDeps): Promise<ServerCertificate> {
  const { authority, name, hosts, clock } = deps;
  const make = () => authority.issueServer({ name, hosts, now: clock.now() });
  let made = await make();
  const listeners = new Set<() => void>();
  const renewIfDue = async (): Promise<void> => {
    if (addMs(made.notAfter, -SERVER_TERM_MS / 3) > clock.now()) return;
    made = await make();
    for (const listener of listeners) listener();
  };
  const look = () =>
    renewIfDue().catch((error: unknown) => deps.log(`the door's certificate was not renewed: ${describeError(error)}`));
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  return {
    context: () => ({
      // With the authority's own certificate beside it, an edge that knows only its fingerprint can check the rest.
      cert: `${made.pem}${authority.certificatePem}`,
      key: made.keyPem,
      ca: authority.certificatePem,
      minVersion: 'TLSv1.3',
    }),
    onRenewed: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    renewIfDue,
    close: () => clearInterval(timer),
  };
}
