import { readFile } from 'node:fs/promises';
import type { EdgeConfig } from '../config.ts';
import type { HubIdentity } from '../sync/enrolment/hub-identity.ts';
import { startRenewal } from '../sync/enrolment/renewal.ts';
import type { ControlLinkDeps } from './control-link.ts';
import type { Engine } from './engine.ts';
import type { EdgeProcess, Ending } from './running-edge.ts';

/** The settings of an edge that is enrolled: where the hub is stands in what it was granted, whatever else was set. */
export function enrolledConfig(config: EdgeConfig, identity: HubIdentity | undefined): EdgeConfig {
  if (identity === undefined) return config;
  const { broker, hubKeyFile: keyFile, door: shapes } = identity;
  const bytesPerSecond = config.uplinkBytesPerSecond;
  return { ...config, hub: { broker, keyFile, bytesPerSecond }, shapes };
}

/** What the way down needs of the access: the certificate, and how to have another one. */
export function downlinkAccess({
  identity,
  credentials,
  config,
}: Pick<EdgeProcess, 'identity' | 'credentials' | 'config'>): Omit<ControlLinkDeps, 'releasing'> {
  if (identity === undefined) return config.shapesToken === undefined ? {} : { fetch: tokenFetch(config.shapesToken) };
  const rotateAccess = async (): Promise<string> => {
    await identity.renew(credentials.signer);
    return 'The key and the certificate of this edge were replaced.';
  };
  return { fetch: identity.fetch, rotateAccess };
}

/** As the built-in one, with what is in a file at that moment: the hub may have made it anew. */
function tokenFetch(file: string): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${(await readFile(file, 'utf8')).trim()}`);
    return fetch(input, { ...init, headers });
  };
}

/** Keeps the certificate fresh while the edge runs; what a person must do about it becomes an incident. */
export function keepAccess(
  { identity, credentials, clock, log }: Pick<EdgeProcess, 'identity' | 'credentials' | 'clock' | 'log'>,
  engine: Pick<Engine, 'report'>,
): Ending {
  if (identity === undefined) return async () => {};
  const renewal = startRenewal({
    identity,
    signer: credentials.signer,
    clock,
    log,
    tell: (trouble) => engine.report({ kind: 'incident', body: { v: 1, ...trouble } }),
  });
  return async () => {
    renewal.stop();
    identity.close();
  };
}
