import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type Command, parseOptions } from './command.ts';

const usage = `npm run test:faults -- [--release] [--rounds N] [--worlds N] [--orders N] [--stream SECONDS] [--tamperings N] [--seed N]
       npm run test:faults -- --story [--headed] [--out FOLDER] [--slow N]
  --release    every line of docs/faults.md with the numbers that a release has to pass; it takes a night and more
  --rounds N   how many replays are interrupted, each with its own seed (default 20)
  --worlds N   nothing but the simulation, with N seeds
  --orders N   nothing but orders over the wire, with kill -9 at N random moments
  --stream S   nothing but one session of S seconds at an exchange that misbehaves all the while (3600 is an hour)
  --tamperings N  nothing but changes of the log's archive and database, N of each kind
  --seed N     the seed of the first round; a failed round prints its own
  --story      nothing but the story of two edges (docs/story.md), at a console in a real browser
  --headed     shows that browser
  --out FOLDER keeps the story's pictures there
  --slow N     makes the story's terms N times as long`;

const ROUNDS_MAX = 100_000;
/**
 * How much of everything: replays and networks, simulated worlds, kills of an ordering edge and of a journal, flipped bits, brokers
 * that forget everything, disks that are full under a journal and under the firm.
 */
const VOLUMES = {
  usual: { rounds: '20', worlds: '300', orders: undefined, journal: '50', wipes: '10', fills: '10', firmFills: '2' },
  release: {
    rounds: '200',
    worlds: '10000',
    orders: '500',
    journal: '1000',
    wipes: '50',
    fills: '50',
    firmFills: '10',
  },
} as const;
const EVERYTHING = [
  ...[
    'tests/faults',
    'tests/sim',
    'tests/e2e',
    'tests/sync',
    'tests/contract/uplink.test.ts',
    'tests/hub/ingest.test.ts',
  ],
  ...['crash', 'bit-flip', 'disk-full'].map((name) => `edge/journal/${name}.test.ts`),
];
/** More than an order has steps. */
const STEPS_ALL = '1000';
const SLOW_MAX = 10;
const STREAM_SECONDS_MAX = 86_400;
const streamHour = fileURLToPath(new URL('../tests/long/stream-hour.ts', import.meta.url));
const story = fileURLToPath(new URL('../tests/long/story.ts', import.meta.url));
const door = fileURLToPath(new URL('./run.mjs', import.meta.url));
const checkout = fileURLToPath(new URL('..', import.meta.url));

/** Runs the tests that kill processes, flip bits and fill disks, with many more rounds than a change has to pass. */
export const command: Command = {
  usage,
  async run(args) {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    const counted = { rounds: text, worlds: text, orders: text, stream: text, tamperings: text, seed: text };
    const ofStory = { story: flag, headed: flag, out: text, slow: text };
    const { values } = parseOptions(args, { ...counted, ...ofStory, release: flag }, usage);
    if (values.story === true) return exitOf([story, ...storyWords(values)], process.env);
    const { orders, stream, seed, tamperings, worlds } = values;
    if (stream !== undefined) {
      const numbers = [count(stream, STREAM_SECONDS_MAX), ...(seed === undefined ? [] : [count(seed)])];
      return exitOf([streamHour, ...numbers.map(String)], process.env);
    }
    if (tamperings !== undefined) {
      const env = { ...process.env, GATEHOUSE_TAMPERINGS: `${count(tamperings)}` };
      return exitOf([door, '--tool', 'vitest', 'run', 'tests/ledger/tampered'], env);
    }
    const volume = VOLUMES[values.release === true ? 'release' : 'usual'];
    const kills = orders ?? volume.orders;
    const env = {
      ...process.env,
      GATEHOUSE_FAULT_ROUNDS: `${count(values.rounds ?? volume.rounds)}`,
      GATEHOUSE_FAULT_STEPS: STEPS_ALL,
      GATEHOUSE_SIM_SEEDS: `${count(worlds ?? volume.worlds)}`,
      GATEHOUSE_KILLS: volume.journal,
      GATEHOUSE_FLIPS: volume.journal,
      GATEHOUSE_FAULT_WIPES: volume.wipes,
      GATEHOUSE_FAULT_FILLS: volume.fills,
      GATEHOUSE_FAULT_FIRM_FILLS: volume.firmFills,
      ...(kills === undefined ? {} : { GATEHOUSE_FAULT_KILLS: `${count(kills)}` }),
      ...(seed === undefined ? {} : { GATEHOUSE_FAULT_SEED: `${count(seed)}` }),
    };
    return exitOf([door, '--tool', 'vitest', 'run', ...whatOf(worlds, orders)], env);
  },
};

/** What the story is told with. Shape: it reads its own options again. */
function storyWords(given: {
  readonly headed?: boolean | undefined;
  readonly out?: string | undefined;
  readonly slow?: string | undefined;
}): readonly string[] {
  const { headed, out, slow } = given;
  return [
    ...(headed === true ? ['--headed'] : []),
    ...(out === undefined ? [] : ['--out', resolve(out)]),
    ...(slow === undefined ? [] : ['--slow', `${count(slow, SLOW_MAX)}`]),
  ];
}

function whatOf(worlds: string | undefined, orders: string | undefined): readonly string[] {
  if (worlds === undefined && orders === undefined) return EVERYTHING;
  const one = orders === undefined ? [] : ['tests/faults/order-crashes.test.ts'];
  return worlds === undefined ? one : ['tests/sim', ...one];
}

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
