import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { type Command, parseOptions } from './command.ts';

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

/** The core and our own linter: what needs no process, database or browser. */
const FAST_TESTS = ['shared', 'compliance', 'reports', 'tests/tidy.test.ts'];
const usage = 'npm run check [-- --fast]   (--fast: only tests that start no process)';

const door = fileURLToPath(new URL('./run.mjs', import.meta.url));

/** All that a change must pass, in the order of cost; a failed step does not hide the next. */
export const command: Command = {
  usage,
  async run(args) {
    const { values } = parseOptions(args, { fast: { type: 'boolean' } }, usage);
    const tests = ['--tool', 'vitest', 'run', ...(values.fast === true ? FAST_TESTS : [])];
    const failed: string[] = [];
    for (const step of [...steps, { name: 'tests', args: tests }]) {
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

function runStep(step: Step): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [door, ...step.args], { stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
