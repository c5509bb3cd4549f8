import { readFileSync, statSync } from 'node:fs';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';

/** How a passphrase is come by. Shape: without a file a person is asked; `isNew` asks twice. */
export interface PassphraseRequest {
  readonly file: string | undefined;
  readonly question: string;
  readonly isNew: boolean;
}

const OTHERS_MASK = 0o077;
const LENGTH_MAX = 1_000;
const ENTER = new Set(['\r', '\n']);
const ERASE = new Set(['\b', '\u007f']);
const INTERRUPT = '\u0003';

/**
 * A passphrase from a file of its owner's, or typed where nobody sees it; never from arguments or the environment.
 *
 * Errors: `FORBIDDEN` for a file that others may read; `NOT_FOUND`; `COMMAND_INVALID` where nobody can be asked.
 */
export async function readPassphrase({ file, question, isNew }: PassphraseRequest): Promise<string> {
  if (file !== undefined) return fromFile(file);
  if (!process.stdin.isTTY) {
    throw new KitError('COMMAND_INVALID', 'nobody can be asked for a passphrase', {
      hint: 'Name a file that only you may read with --passphrase-file.',
    });
  }
  const first = await typedUnseen(`${question}: `);
  if (!isNew || (await typedUnseen('The same again: ')) === first) return first;
  throw new KitError('COMMAND_INVALID', 'the two passphrases differ', { hint: 'Nothing was written; start again.' });
}

function fromFile(path: string): string {
  try {
    const { mode } = statSync(path);
    if (process.platform !== 'win32' && (mode & OTHERS_MASK) !== 0) {
      throw new KitError('FORBIDDEN', `${path} may be read by others`, { hint: `Run "chmod 600 ${path}".` });
    }
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    if (cause instanceof KitError) throw cause;
    throw new KitError('NOT_FOUND', `${path} cannot be read: ${describeError(cause)}`, {
      hint: 'Name the file that holds the passphrase.',
      cause,
    });
  }
}

/** Reads a line from the terminal without showing it. Errors: `COMMAND_INVALID` where the person breaks off. */
export function typedUnseen(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  const end = (): void => {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  };
  return new Promise((resolve, reject) => {
    let text = '';
    const hear = (chunk: string): void => {
      for (const character of chunk) {
        if (ENTER.has(character) || character === INTERRUPT || text.length >= LENGTH_MAX) {
          stdin.off('data', hear);
          end();
          if (character === INTERRUPT) reject(new KitError('COMMAND_INVALID', 'nothing was typed'));
          else resolve(text);
          return;
        }
        text = ERASE.has(character) ? [...text].slice(0, -1).join('') : text + character;
      }
    };
    stdin.on('data', hear);
  });
}
