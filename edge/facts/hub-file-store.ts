import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { temporaryName, writeDurably } from '../journal/durable-file.ts';

/** Where an edge keeps the files that its hub gave it, by their hashes. */
export interface HubFileStore {
  /** The text with this hash; undefined where it is missing or was changed. */
  read(hash: string): string | undefined;
  /** Errors: those of `writeDurably`. */
  write(hash: string, text: string): Promise<void>;
  /** Takes away what none of these hashes names. */
  keepOnly(hashes: ReadonlySet<string>): void;
}

const NAME = /^[0-9a-f]{64}$/;
const OWNER_ONLY = 0o700;

/** A store in a folder of its own. */
export function createHubFileStore(folder: string): HubFileStore {
  return {
    read: (hash) => {
      const text = textIn(join(folder, hash));
      return text !== undefined && sha256(text).toString('hex') === hash ? text : undefined;
    },
    write: async (hash, text) => {
      mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
      await writeDurably(join(folder, hash), text);
    },
    keepOnly: (hashes) => {
      for (const name of namesIn(folder)) {
        const isStale = NAME.test(name) ? !hashes.has(name) : name.endsWith(temporaryName(''));
        if (isStale) rmSync(join(folder, name), { force: true });
      }
    },
  };
}

function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Whatever keeps it from being read, the hub has it.
    return undefined;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
