import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, KitError } from '@gatehouse/shared/errors.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';

/** The edge of a single machine. */
export const EDGE_ID = 'edge-1';

const INIT_MS_MAX = 60_000;

/** Where an edge of this machine keeps its journal, keys and sheet. */
export function edgeDataFolder(data: string, edge: string = EDGE_ID): string {
  return join(data, 'edge', edge);
}

/** The folder of the edge that an option names; without one it is that of a single machine. Errors: `COMMAND_INVALID`. */
export function namedEdgeFolder(data: string, name: string | undefined): string {
  if (name === undefined || Identifier.safeParse(name).success) return edgeDataFolder(data, name);
  throw new KitError('COMMAND_INVALID', `${JSON.stringify(name.slice(0, 100))} is no name of an edge`, {
    hint: 'Use letters, digits and ".", "_" or "-", as "gatehouse enrol" was given.',
  });
}

/** Makes the edge's keys and demo sheet where they are missing; answers with the file of its public key. */
export function initEdge(data: string): string {
  const script = fileURLToPath(new URL('../edge/main.ts', import.meta.url));
  const env = { ...process.env, GATEHOUSE_EDGE_DATA: edgeDataFolder(data), GATEHOUSE_EDGE_ID: EDGE_ID };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--init-only'], {
    env,
    encoding: 'utf8',
    timeout: INIT_MS_MAX,
  });
  if (status === 0) return stdout.trim();
  const code: ErrorCode = status === 4 ? 'DISK_FAILED' : 'FOLDER_UNUSABLE';
  throw new KitError(code, stderr.trim() === '' ? 'the edge could not make its keys' : stderr.trim());
}
