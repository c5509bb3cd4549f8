import { readFileSync } from 'node:fs';
import type { StatementAnswer } from '@gatehouse/edge/reconcile/reconcile-commands.ts';
import { askEdge } from '@gatehouse/edge/sync/local-socket.ts';
import { parseStatement } from '@gatehouse/shared/accounts/reconcile/statement.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { visible } from '@gatehouse/shared/governance/document-words.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { differenceTable } from './difference-table.ts';
import { edgeDataFolder } from './edge-data.ts';

const usage = `gatehouse statement check FILE.csv [--json]
  compares a statement of a broker, custodian or exchange with the running edge's books of its moment; what differs
  becomes a break. The form of the file is in docs/statements.md`;

/** The venue is asked as well, for a bounded time. Units: milliseconds. */
const ANSWER_MS_MAX = 30_000;

/** Compares a statement with the books of the running edge. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parseOptions(args, { json: { type: 'boolean' } }, usage);
    const [verb, file, ...more] = positionals;
    if (verb !== 'check' || file === undefined || more.length > 0) {
      throw new KitError('COMMAND_INVALID', 'name the one statement to check', { hint: `Usage: ${usage}` });
    }
    const text = readText(file);
    tellProblems(text);
    const root = edgeDataFolder(readScriptConfig().data);
    const asked = await askEdge(root, { command: 'statement-check', text }, ANSWER_MS_MAX);
    const answer = asked as unknown as StatementAnswer;
    process.stdout.write(values.json === true ? `${JSON.stringify(answer)}\n` : statementText(answer));
    return answer.differences.length === 0 ? 0 : 3;
  },
};

/** The faults of a file are told here, each on its line, and no edge is needed to hear them. */
function tellProblems(text: string): void {
  try {
    parseStatement(text);
  } catch (error) {
    if (!(error instanceof KitError) || error.problems.length === 0) throw error;
    const lines = error.problems.map((problem) => `  ${visible(problem)}\n`).join('');
    process.stderr.write(lines);
    throw new KitError('FILE_MALFORMED', `the statement has ${error.problems.length} problems`, {
      hint: 'Correct the file by docs/statements.md; nothing of it was compared.',
    });
  }
}

function statementText({ at, differences, found, resolved, venueSays }: StatementAnswer): string {
  const venue = venueSays === undefined ? '' : `${visible(venueSays)}\n`;
  return `${differenceTable(differences)}${venue}Compared with the books of ${at}: ${differences.length} differences; ${found} breaks found, ${resolved} resolved.\n`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new KitError('NOT_FOUND', `${path} cannot be read: ${describeError(cause)}`, {
      hint: 'Name the file of the statement.',
      cause,
    });
  }
}
