import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type Command, parseOptions } from './command.ts';

const usage = `npm run test:faults -- [--rounds N] [--orders N] [--stream SECONDS] [--seed N]
  --rounds N   how many replays are interrupted, each with its own seed (default 20)
  --orders N   nothing but orders over the wire, with kill -9 at N random moments
  --stream S   nothing but one session of S seconds at an exchange that misbehaves all the while (3600 is an hour)
  --seed N     the seed of the first round; a failed round prints its own`;

const ROUNDS_DEFAULT = '20';
const ROUNDS_MAX = 10_000;
/** More than an order has steps. */
const STEPS_ALL = '1000';
const STREAM_SECONDS_MAX = 86_400;
const streamHour = fileURLToPath(new URL('../tests/long/stream-hour.ts', import.meta.url));
const door = fileURLToPath(new URL('./run.mjs', import.meta.url));
const checkout = fileURLToPath(new URL('..', import.meta.url));

/** Runs the tests that kill processes, flip bits and fill disks, with many more rounds than a change has to pass. */
export const command: Command = {
  usage,
  async run(args) {
    const text = { type: 'string' } as const;
    const { values } = parseOptions(args, { rounds: text, orders: text, stream: text, seed: text }, usage);
    const { orders, stream, seed } = values;
    if (stream !== undefined) {
      const numbers = [count(stream, STREAM_SECONDS_MAX), ...(seed === undefined ? [] : [count(seed)])];
      return exitOf([streamHour, ...numbers.map(String)], process.env);
    }
    const env = {
      ...process.env,
      GATEHOUSE_FAULT_ROUNDS: `${count(values.rounds ?? ROUNDS_DEFAULT)}`,
      GATEHOUSE_FAULT_STEPS: STEPS_ALL,
      ...(orders === undefined ? {} : { GATEHOUSE_FAULT_KILLS: `${count(orders)}` }),
      ...(seed === undefined ? {} : { GATEHOUSE_FAULT_SEED: `${count(seed)}` }),
    };
    const what =
      orders === undefined ? ['tests/faults', 'tests/e2e', 'tests/sync'] : ['tests/faults/order-crashes.test.ts'];
    return exitOf([door, '--tool', 'vitest', 'run', ...what], env);
  },
};

async function exitOf(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, words, { cwd: checkout, env, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code === 0 ? 0 : 3;
}

function count(text: string, most: number = ROUNDS_MAX): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1 && number <= most) return number;
  throw new KitError('COMMAND_INVALID', `${text} is not a number from 1 to ${most}`, { hint: `Usage: ${usage}` });
}
