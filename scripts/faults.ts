import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type Command, parseOptions } from './command.ts';

const usage = `npm run test:faults -- [--rounds N] [--orders N] [--seed N]
  --rounds N   how many replays are interrupted, each with its own seed (default 20)
  --orders N   nothing but orders over the wire, with kill -9 at N random moments
  --seed N     the seed of the first round; a failed round prints its own`;

const ROUNDS_DEFAULT = '20';
const ROUNDS_MAX = 10_000;
/** More than an order has steps. */
const STEPS_ALL = '1000';
const door = fileURLToPath(new URL('./run.mjs', import.meta.url));
const checkout = fileURLToPath(new URL('..', import.meta.url));

/** Runs the tests that kill processes, flip bits and fill disks, with many more rounds than a change has to pass. */
export const command: Command = {
  usage,
  async run(args) {
    const options = { rounds: { type: 'string' }, orders: { type: 'string' }, seed: { type: 'string' } } as const;
    const { values } = parseOptions(args, options, usage);
    const { orders } = values;
    const env = {
      ...process.env,
      GATEHOUSE_FAULT_ROUNDS: `${count(values.rounds ?? ROUNDS_DEFAULT)}`,
      GATEHOUSE_FAULT_STEPS: STEPS_ALL,
      ...(orders === undefined ? {} : { GATEHOUSE_FAULT_KILLS: `${count(orders)}` }),
      ...(values.seed === undefined ? {} : { GATEHOUSE_FAULT_SEED: `${count(values.seed)}` }),
    };
    const what = orders === undefined ? ['tests/faults', 'tests/e2e'] : ['tests/faults/order-crashes.test.ts'];
    const words = ['--tool', 'vitest', 'run', ...what];
    const child = spawn(process.execPath, [door, ...words], { cwd: checkout, env, stdio: 'inherit' });
    const [code] = await once(child, 'exit');
    return code === 0 ? 0 : 3;
  },
};

function count(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1 && number <= ROUNDS_MAX) return number;
  throw new KitError('COMMAND_INVALID', `${text} is not a number from 1 to ${ROUNDS_MAX}`, { hint: `Usage: ${usage}` });
}
