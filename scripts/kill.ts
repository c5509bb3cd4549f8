import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { askEdge } from '@gatehouse/edge/sync/local-socket.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { edgeDataFolder } from './edge-data.ts';

const usage = `gatehouse kill --reason TEXT [--scope SCOPE] [--yes]
  --scope SCOPE   firm (default), or a kind and an id such as algorithm:ema-cross`;

/** Halts trading at the running edge and cancels what is open. A restart does not forget it. */
export const command: Command = {
  usage,
  async run(args) {
    const { values } = parseOptions(
      args,
      { reason: { type: 'string' }, scope: { type: 'string' }, yes: { type: 'boolean' } },
      usage,
    );
    const { reason, scope = 'firm' } = values;
    if (reason === undefined || reason.trim() === '') {
      throw new KitError('COMMAND_INVALID', 'a kill needs a reason', { hint: `Usage: ${usage}` });
    }
    if (values.yes !== true && !(await confirmed(scope))) {
      process.stdout.write('Nothing was halted.\n');
      return 0;
    }
    const by = `os-${userInfo().username.replaceAll(/[^A-Za-z0-9._-]/g, '-')}`;
    const answer = await askEdge(edgeDataFolder(readScriptConfig().data), { command: 'kill', scope, by, reason });
    process.stdout.write(`Halted ${scope}: ${JSON.stringify(answer)}\n`);
    return 0;
  },
};

async function confirmed(scope: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new KitError('COMMAND_INVALID', 'nobody can be asked to confirm', { hint: 'Add --yes.' });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`PAPER — halt ${scope} and cancel its open orders? Type yes: `);
  terminal.close();
  return answer.trim() === 'yes';
}
