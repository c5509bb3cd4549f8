import { createHash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { KitError } from '@gatehouse/shared/errors.ts';

const CONNECT_MS_MAX = 10_000;
const CHAIN_MAX = 5;
const HTTPS_PORT = 443;

/**
 * The certificate of the authority whose fingerprint a token pins, as the hub's door shows it.
 *
 * Shape:  this connection says nothing and hears nothing but certificates; everything else goes over connections that are
 *         checked against what comes back from here.
 * Errors: `SIGNATURE_INVALID` where the door shows another authority; `HUB_UNREACHABLE`.
 */
export async function fetchAuthority(door: string, fingerprint: string): Promise<string> {
  const { hostname, port } = new URL(door);
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = await opened(host, port === '' ? HTTPS_PORT : Number(port));
  try {
    const authority = chainOf(socket).find(({ raw }) => sha256(raw) === fingerprint);
    if (authority !== undefined) return new X509Certificate(authority.raw).toString();
  } finally {
    socket.destroy();
  }
  throw new KitError('SIGNATURE_INVALID', `${door} is not the hub that issued this token`, {
    hint: 'Nothing was sent to it. Check the address in the network, or have a new token issued; somebody may stand between.',
  });
}

function opened(host: string, port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const name = isIP(host) === 0 ? { servername: host } : {};
    // Whom it shows is judged by the fingerprint below, and nothing is said before.
    const socket = connect({ host, port, ...name, rejectUnauthorized: false, minVersion: 'TLSv1.3' });
    const fail = (message: string, cause?: unknown): void => {
      socket.destroy();
      const hint = 'Check that the hub runs, that its name leads to it, and that no firewall stands between.';
      reject(new KitError('HUB_UNREACHABLE', `the hub at ${host}:${port} ${message}`, { hint, cause }));
    };
    socket.setTimeout(CONNECT_MS_MAX, () => fail('does not answer'));
    socket.once('error', (cause) => fail(`cannot be reached: ${cause.message}`, cause));
    socket.once('secureConnect', () => resolve(socket));
  });
}

function chainOf(socket: TLSSocket): readonly DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && chain.length < CHAIN_MAX && !chain.includes(next)) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
