import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from './folder-failure.ts';

/** What a server writes about itself into its data folder. */
export interface PostmasterFile {
  readonly pid: number;
  readonly dataFolder: string;
  readonly port: number;
  /** `starting`, `ready`, `stopping` or `standby`; empty while the server is still writing the file. */
  readonly status: string;
}

const LINES = { pid: 0, dataFolder: 1, port: 3, status: 7 };

/** The path of the file in which a server names its process. */
export function postmasterPath(dataFolder: string): string {
  return join(dataFolder, 'postmaster.pid');
}

/** Reads the file of the server that has, or had, this data folder; undefined where none was left. */
export async function readPostmasterFile(dataFolder: string): Promise<PostmasterFile | undefined> {
  const text = await readText(dataFolder);
  return text === undefined ? undefined : parsePostmasterFile(text);
}

/** True when the file is there and names no process. */
export async function hasNamelessFile(dataFolder: string): Promise<boolean> {
  const text = await readText(dataFolder);
  return text !== undefined && parsePostmasterFile(text) === undefined;
}

async function readText(dataFolder: string): Promise<string | undefined> {
  try {
    return await readFile(postmasterPath(dataFolder), 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Reads the text of the file; undefined where it names no process, as after a power cut. */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[LINES.pid]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return {
    pid,
    dataFolder: lines[LINES.dataFolder] ?? '',
    port: Number(lines[LINES.port] ?? 0),
    status: lines[LINES.status] ?? '',
  };
}
