import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { EDGE_RUNTIME_FLAGS } from './edge-runtime.ts';
import { watch } from './supervisor.ts';

/** Runs a script that ends with these codes, one after another, and gives back how often it began and how it all ended. */
async function run(
  codes: readonly number[],
  waitsForOutside: boolean,
): Promise<readonly [starts: number, exit: number]> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-supervisor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [script, starts] = [join(folder, 'script.mjs'), join(folder, 'starts')];
  writeFileSync(
    script,
    `import { appendFileSync, readFileSync } from 'node:fs';
     appendFileSync(${JSON.stringify(starts)}, 'x');
     const count = readFileSync(${JSON.stringify(starts)}, 'utf8').length;
     process.exit(${JSON.stringify(codes)}[count - 1] ?? 70);`,
  );
  const exit = await new Promise<number>((resolve) => {
    watch({
      name: 'script',
      script,
      args: [],
      env: {},
      log: { path: join(folder, 'log'), write: () => undefined },
      onMessage: () => undefined,
      hasWorked: () => false,
      waitsForOutside,
      onRestart: () => undefined,
      onEnd: resolve,
    });
  });
  return [existsSync(starts) ? readFileSync(starts, 'utf8').length : 0, exit];
}

test.each([
  ['something outside is down at the first start: it is started again until that is there', [4, 4, 0], true, [3, 0]],
  ['the same for a process that waits for nothing outside: the first end is the last', [4, 0], false, [1, 4]],
  ['bad input at the first start is never tried again', [2, 0], true, [1, 2]],
  ['our own fault at the first start is never tried again', [70, 0], true, [1, 70]],
] as const)('%s', async (_, codes, waits, expected) => {
  expect(await run(codes, waits)).toEqual(expected);
});

test('flags are for the runtime, and arguments for the script', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-supervisor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const script = join(folder, 'script.mjs');
  writeFileSync(script, 'process.send({ flags: process.execArgv, args: process.argv.slice(2) });');
  const heard: unknown[] = [];
  await new Promise<number>((resolve) => {
    watch({
      name: 'script',
      script,
      flags: EDGE_RUNTIME_FLAGS,
      args: ['--one'],
      env: {},
      log: { path: join(folder, 'log'), write: () => undefined },
      onMessage: (message) => heard.push(message),
      hasWorked: () => false,
      onRestart: () => undefined,
      onEnd: resolve,
    });
  });
  expect(heard).toEqual([{ flags: EDGE_RUNTIME_FLAGS, args: ['--one'] }]);
});
