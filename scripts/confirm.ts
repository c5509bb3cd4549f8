import { createInterface } from 'node:readline/promises';
import { KitError } from '@gatehouse/shared/errors.ts';

/** Whether a person says yes, or said so beforehand. Errors: `COMMAND_INVALID` where nobody can be asked. */
export async function confirmed(question: string, isYes: boolean | undefined): Promise<boolean> {
  if (isYes === true) return true;
  if (!process.stdin.isTTY) {
    throw new KitError('COMMAND_INVALID', 'nobody can be asked to confirm', { hint: 'Add --yes.' });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} Type yes: `);
  terminal.close();
  return answer.trim() === 'yes';
}
