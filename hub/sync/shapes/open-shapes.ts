import { readFile } from 'node:fs/promises';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { Database } from '../../store/database.ts';
import type { Connection } from '../../store/postgres/connection.ts';
import { createElectricProxy } from './electric-proxy.ts';
import { createShapeServer, type ShapeServer } from './shape-server.ts';

/** What a hub opens its shapes with. Shape: `electricSecretFile` names a file; its content is never logged. */
export interface OpenShapesDeps {
  readonly config: {
    readonly electricUrl?: string | undefined;
    readonly electricSecretFile?: string | undefined;
  };
  readonly database: Database;
  readonly target: Connection | string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/**
 * Opens the hub's named shapes: served from its own database, or in front of a real Electric service where one is named.
 *
 * Shape:  a database that does not give its changes keeps nothing else from working; requests then say why.
 * Errors: `CONFIG_INVALID` where the secret cannot be read.
 */
export async function openShapes({ config, database, target, clock, log }: OpenShapesDeps): Promise<ShapeServer> {
  const { electricUrl, electricSecretFile } = config;
  if (electricUrl === undefined) return createShapeServer({ database, target, clock, log });
  const secret = electricSecretFile === undefined ? undefined : await readSecret(electricSecretFile);
  return createElectricProxy({ url: electricUrl, secret, log });
}

async function readSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new KitError('CONFIG_INVALID', `the secret of the Electric service cannot be read from ${file}`, {
      hint: 'Correct ELECTRIC_SECRET_FILE, or give the hub the right to read that file.',
      cause: error,
    });
  }
}
