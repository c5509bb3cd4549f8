import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { ServerUser } from '../run-program.ts';

/** How a file is copied. */
export interface FileCopy {
  readonly from: string;
  readonly to: string;
  /** Who owns the copy, where that is not this process. */
  readonly owner?: ServerUser | undefined;
}

/** What was copied. */
export interface CopiedFile {
  readonly bytes: number;
  readonly sha256: string;
}

const CHUNK_BYTES = 262_144;
const OWNER_ONLY = 0o600;

/** Copies a file durably and says what was copied. Shape: a file that grows meanwhile is copied as far as it was. */
export async function copyFile({ from, to, owner }: FileCopy): Promise<CopiedFile> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'wx', OWNER_ONLY);
    try {
      const copied = await copyBytes(source, target);
      if (owner !== undefined) await target.chown(owner.uid, owner.gid);
      await target.sync();
      return copied;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyBytes(source: FileHandle, target: FileHandle): Promise<CopiedFile> {
  const { size } = await source.stat();
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(Math.max(1, Math.min(CHUNK_BYTES, size)));
  let bytes = 0;
  while (bytes < size) {
    const { bytesRead } = await source.read(chunk, 0, Math.min(chunk.length, size - bytes), bytes);
    if (bytesRead === 0) break;
    const part = chunk.subarray(0, bytesRead);
    hash.update(part);
    await target.writeFile(part);
    bytes += bytesRead;
  }
  return { bytes, sha256: hash.digest('hex') };
}
