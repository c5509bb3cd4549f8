import type { RunAnswer } from '@gatehouse/edge/reconcile/reconcile-commands.ts';
import { askEdge } from '@gatehouse/edge/sync/local-socket.ts';
import { visible } from '@gatehouse/shared/governance/document-words.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { differenceTable } from './difference-table.ts';
import { edgeDataFolder } from './edge-data.ts';

const usage = `gatehouse reconcile [--json]
  compares the running edge's books with its venue account now, and prints what differs`;

/** A run waits for the venue and for messages that cross, each for a bounded time. Units: milliseconds. */
const ANSWER_MS_MAX = 55_000;

/** Compares the books of the running edge with its venue's. */
export const command: Command = {
  usage,
  async run(args) {
    const { values } = parseOptions(args, { json: { type: 'boolean' } }, usage);
    const root = edgeDataFolder(readScriptConfig().data);
    const answer = (await askEdge(root, { command: 'reconcile' }, ANSWER_MS_MAX)) as unknown as RunAnswer;
    process.stdout.write(values.json === true ? `${JSON.stringify(answer)}\n` : runText(answer));
    if (answer.failure !== undefined) return 4;
    return answer.differences.length === 0 ? 0 : 3;
  },
};

function runText({ at, tookMs, fetched, booked, differences, waiting, found, resolved, failure }: RunAnswer): string {
  if (failure !== undefined) return `The venue could not be compared: ${visible(failure)}\n`;
  const young = waiting.length === 0 ? '' : `; ${waiting.length} may be messages that crossed and are no breaks yet`;
  return `${differenceTable(differences)}Compared at ${at} in ${tookMs} ms: ${fetched} executions fetched, ${booked} of them missed and booked now.
${differences.length} differences${young}; ${found} breaks found, ${resolved} resolved.
`;
}
