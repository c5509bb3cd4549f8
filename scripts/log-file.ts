import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const LOG_BYTES_MAX = 10_000_000;

/** What our processes say, in one bounded file. */
export interface LogFile {
  readonly path: string;
  write(source: string, chunk: Buffer): void;
}

/** Opens the log of a data folder; the file before the last is dropped when it outgrows its bound. */
export function openLog(data: string): LogFile {
  const folder = join(data, 'log');
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const path = join(folder, 'gatehouse.log');
  let bytes = existsSync(path) ? statSync(path).size : 0;
  const rotate = () => {
    renameSync(path, `${path}.1`);
    bytes = 0;
  };
  return {
    path,
    write(source, chunk) {
      const lines = chunk
        .toString('utf8')
        .split('\n')
        .filter((line) => line.trim() !== '');
      const text = lines.map((line) => `${new Date().toISOString()} ${source} ${line}\n`).join('');
      try {
        if (bytes + text.length > LOG_BYTES_MAX && bytes > 0) rotate();
        appendFileSync(path, text, { mode: OWNER_ONLY_FILE });
        bytes += text.length;
      } catch {
        // A full disk must not stop trading's end: the processes report it themselves.
      }
    },
  };
}
