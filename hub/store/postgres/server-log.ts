import { copyFile, type FileHandle, open, rename, stat, truncate } from 'node:fs/promises';
import { errnoOf } from './folder-failure.ts';

const LOG_BYTES_MAX = 5_000_000;
const FORWARD_BYTES_MAX = 65_536;
const POLL_MS = 1_000;
const OWNER_ONLY = 0o600;
const KEPT = ['.1', '.2'];

/**
 * The file that the server itself writes its messages to, so that it needs no living hub to keep them.
 *
 * Shape: the hub follows the file, passes new lines on, and keeps two older files of bounded size beside it.
 */
export interface ServerLog {
  readonly file: string;
  /** A handle for the server to append to; its caller closes it. */
  append(): Promise<FileHandle>;
  /** Passes on what was written since the last look. */
  read(): Promise<void>;
  /** All lines that were passed on since a moment that `mark` opened. */
  mark(): () => readonly string[];
  /** Reads once a second until closed. */
  follow(): void;
  close(): Promise<void>;
}

/** Opens the log at its present end. */
export async function openServerLog(
  file: string,
  log: (line: string) => void,
  bytesMax: number = LOG_BYTES_MAX,
): Promise<ServerLog> {
  let offset = await sizeOf(file);
  let rest = '';
  let reading: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const marks = new Set<string[]>();

  const pass = (line: string): void => {
    if (line === '') return;
    for (const mark of marks) mark.push(line);
    log(line);
  };
  const readNew = async (): Promise<void> => {
    const size = await sizeOf(file);
    if (size < offset) offset = 0;
    if (size - offset > FORWARD_BYTES_MAX) pass(`${size - offset - FORWARD_BYTES_MAX} bytes of ${file} not repeated`);
    const text = await readFrom(file, Math.max(offset, size - FORWARD_BYTES_MAX), size);
    offset = size;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) pass(line.trimEnd());
    if (size <= bytesMax) return;
    await rotate(file);
    offset = 0;
  };
  // Two looks at once would pass lines on twice; a second caller shares the first one's look.
  const read = (): Promise<void> => {
    reading ??= readNew().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  return {
    file,
    append: () => open(file, 'a', OWNER_ONLY),
    read,
    mark() {
      const lines: string[] = [];
      marks.add(lines);
      return () => {
        marks.delete(lines);
        return lines;
      };
    },
    follow() {
      timer ??= setInterval(() => void read().catch((error) => log(`${file}: ${String(error)}`)), POLL_MS).unref();
    },
    async close() {
      clearInterval(timer);
      await read();
    },
  };
}

// The server keeps its file open, so the file is copied and emptied rather than renamed; the server appends, and so
// goes on at the new start. Lines written between the two steps are lost, which a log of messages can bear.
async function rotate(file: string): Promise<void> {
  const [first, second] = KEPT.map((suffix) => `${file}${suffix}`);
  if (first === undefined || second === undefined) return;
  await rename(first, second).catch((error) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
  });
  await copyFile(file, first);
  await truncate(file, 0);
}

async function readFrom(file: string, from: number, to: number): Promise<string> {
  if (to <= from) return '';
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(to - from), 0, to - from, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 0;
    throw error;
  }
}
