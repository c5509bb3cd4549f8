import { type ParseArgsConfig, parseArgs } from 'node:util';
import { KitError } from '@gatehouse/shared/errors.ts';

/** One operator command. Shape: `run` gets the words after its name and answers with an exit code. */
export interface Command {
  readonly usage: string;
  run(args: readonly string[]): Promise<number>;
}

/** Reads a command's options strictly. Errors: `COMMAND_INVALID`, naming the word and the usage. */
export function parseOptions<T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
  usage: string,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message.split('.')[0] : String(cause);
    throw new KitError('COMMAND_INVALID', `${problem}`, { hint: `Usage: ${usage}`, cause });
  }
}
