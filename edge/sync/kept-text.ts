import { rename, writeFile } from 'node:fs/promises';

/** A small file whose newest text counts. */
export interface KeptText {
  /** Writes one after the other and skips what a newer one has overtaken. */
  keep(text: string): void;
  flush(): Promise<void>;
}

const OWNER_ONLY = 0o600;

/**
 * A file that is written whole, under another name first.
 *
 * Shape: what cannot be written stays behind: each text is the hub's to say again, and an older one claims less.
 */
export function createKeptText(path: string): KeptText {
  let next: string | undefined;
  let writing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    while (next !== undefined) {
      const text = next;
      next = undefined;
      await writeFile(`${path}.tmp`, text, { mode: OWNER_ONLY });
      await rename(`${path}.tmp`, path);
    }
  }

  return {
    keep: (text) => {
      next = text;
      writing ??= writeAll()
        .catch(() => {})
        .finally(() => {
          writing = undefined;
        });
    },
    flush: async () => {
      await writing;
    },
  };
}
