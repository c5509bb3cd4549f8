import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type Command, parseOptions } from './command.ts';
import { leftOut } from './whole-runs.ts';

interface Step {
  readonly name: string;
  readonly args: readonly string[];
}

const steps: readonly Step[] = [
  { name: 'format and lint', args: ['--tool', 'biome', 'check', '--error-on-warnings', '.'] },
  { name: 'types', args: ['--tool', 'tsc', '--noEmit'] },
  { name: 'import directions', args: ['boundaries'] },
  { name: 'dead code', args: ['--tool', 'knip'] },
];

const RUN = ['--tool', 'vitest', 'run'];
/** The core needs no process, database or browser, and keeps no state, so that its tests share what they load. */
const CORE = [...RUN, 'shared/', 'compliance/', 'reports/', '--exclude', 'tests/**', '--no-isolate'];
const BESIDE_CORE = ['edge/', 'hub/', 'scripts/', 'tests/'];
const TIDY = 'tests/tidy.test.ts';
const usage = `npm run check [-- --fast | --all | --seed N]
  --fast     only tests that start no process
  --all      also the runs of a whole firm that take minutes each; without it some of them, others with each seed
  --seed N   takes the same ones again`;
const SEEDS = 1_000_000;

const door = fileURLToPath(new URL('./run.mjs', import.meta.url));

const options = { fast: { type: 'boolean' }, all: { type: 'boolean' }, seed: { type: 'string' } } as const;

/** All that a change must pass, in the order of cost; a failed step does not hide the next. */
export const command: Command = {
  usage,
  async run(args) {
    const { values } = parseOptions(args, options, usage);
    const tests = [
      { name: 'tests of the core', args: CORE },
      { name: 'tests', args: [...RUN, ...testsOf(values)] },
    ];
    const failed: string[] = [];
    for (const step of [...steps, ...tests]) {
      const from = performance.now();
      process.stdout.write(`\n== ${step.name}\n`);
      const code = await runStep(step);
      const seconds = ((performance.now() - from) / 1_000).toFixed(1);
      process.stdout.write(`== ${step.name}: ${code === 0 ? 'passed' : `failed (exit ${code})`} in ${seconds} s\n`);
      if (code !== 0) failed.push(step.name);
    }
    if (failed.length === 0) return 0;
    process.stderr.write(`\ncheck failed: ${failed.join(', ')}\n`);
    return 3;
  },
};

/** What the tests' runner is told. */
function testsOf(values: {
  readonly fast?: boolean;
  readonly all?: boolean;
  readonly seed?: string;
}): readonly string[] {
  if (values.fast === true) return [TIDY];
  if (values.all === true) return BESIDE_CORE;
  const seed = values.seed === undefined ? Math.floor(Math.random() * SEEDS) : Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new KitError('COMMAND_INVALID', `--seed is a whole number, not ${values.seed}`, { hint: `Usage: ${usage}` });
  }
  const out = leftOut(seed);
  process.stdout.write(
    `seed ${seed} leaves ${out.length} runs of a whole firm to other seeds and to --all:\n  ${out.join('\n  ')}\n`,
  );
  return [...BESIDE_CORE, ...out.flatMap((file) => ['--exclude', file])];
}

function runStep(step: Step): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [door, ...step.args], { stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
