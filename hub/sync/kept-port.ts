import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';

/** A port that stays the same from one start to the next. Shape: `wanted` is what the settings say; `file` keeps the choice. */
export interface KeptPort {
  readonly wanted: number | undefined;
  readonly file: string;
}

/** The port to try first: the wanted one, else that of the last start; 0 takes a free one. */
async function firstChoice({ wanted, file }: KeptPort): Promise<number> {
  if (wanted !== undefined) return wanted;
  const port = Number(await readFile(file, 'utf8').catch(() => '0'));
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : 0;
}

/**
 * Opens something on ports that edges find again after a restart. Shape: `open` gets one port for each place, in order.
 *
 * Errors: those of `open`; where nobody asked for a port and it is taken meanwhile, another one serves as well.
 */
export async function openOnKeptPorts<T>(
  places: readonly KeptPort[],
  open: (ports: readonly number[]) => Promise<T>,
  log: (line: string) => void,
): Promise<T> {
  const ports = await Promise.all(places.map(firstChoice));
  return open(ports).catch((error: unknown) => {
    const isFree = places.some(({ wanted }) => wanted === undefined);
    if (!isFree || !(error instanceof KitError) || error.code !== 'PORT_TAKEN') throw error;
    log(`${error.message}; another one is chosen`);
    return open(places.map(({ wanted }) => wanted ?? 0));
  });
}

/** Keeps the port of an address for the next start. */
export async function keepPort(file: string, address: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, new URL(address).port);
}
