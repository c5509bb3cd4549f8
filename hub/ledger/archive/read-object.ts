import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { ArchiveStore } from './archive-store.ts';

/**
 * An object as it was looked for. Shape: `whole` are the bytes that were written, absent where no version has them; `fault` says what
 * readers get instead, absent where they get what was written.
 */
export interface FoundObject {
  readonly whole: Uint8Array | undefined;
  readonly fault: 'missing' | 'differs' | undefined;
}

/** Reads an object by its SHA-256; where somebody put something over it, the version below that is still locked. */
export async function readObject(store: ArchiveStore, path: string, hash: string): Promise<FoundObject> {
  const isWhole = (bytes: Uint8Array): boolean => sha256(bytes).toString('hex') === hash;
  const newest = await store.get(path);
  if (newest !== undefined && isWhole(newest)) return { whole: newest, fault: undefined };
  const fault = newest === undefined ? 'missing' : 'differs';
  for await (const bytes of store.earlier(path)) if (isWhole(bytes)) return { whole: bytes, fault };
  return { whole: undefined, fault };
}
