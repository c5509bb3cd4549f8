import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'gatehouse build é '));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Compiles as the hub does, in a process without a test runner's own compiler. */
function compile(): {
  readonly moduleUrl: string;
  readonly exports: readonly string[];
  readonly isShared: boolean;
  readonly paths: readonly string[];
} {
  const program = `
    import { compileConsole } from './hub/console/compile.ts';
    import { KitError } from '@gatehouse/shared/errors.ts';
    import { formOf, viewerOf } from './hub/console/route.ts';
    const { moduleUrl, assets } = await compileConsole(${JSON.stringify(folder)});
    const module = await import(moduleUrl);
    let error;
    try { module.createConsole({ get database() { throw new KitError('NOT_FOUND', 'asked'); } }); } catch (caught) { error = caught; }
    const paths = [assets.script.path, assets.style.path];
    console.log(JSON.stringify({ moduleUrl, exports: Object.keys(module), isShared: error instanceof KitError, paths }));`;
  const text = execFileSync(process.execPath, ['--input-type=module-typescript', '-e', program], {
    cwd: root,
    encoding: 'utf8',
  });
  return JSON.parse(text.trim().split('\n').at(-1) ?? '');
}

test('the compiled console loads from any folder, shares our errors and leaves no older module behind', () => {
  writeFileSync(join(folder, 'console-0123456789abcdef.mjs'), 'old');
  writeFileSync(join(folder, 'other.txt'), 'not ours');
  const first = compile();
  expect(first.exports).toContain('createConsole');
  expect(first.isShared).toBe(true);
  expect(first.paths[0]).toMatch(/^\/assets\/console-[0-9a-f]{16}\.js$/);
  expect(first.paths[1]).toMatch(/^\/assets\/console-[0-9a-f]{16}\.css$/);
  expect(compile().moduleUrl).toBe(first.moduleUrl);
  expect(readdirSync(folder).sort()).toEqual([first.moduleUrl.split('/').at(-1), 'other.txt'].sort());
  expect(readFileSync(fileURLToPath(first.moduleUrl), 'utf8')).not.toMatch(/from "(\.|hono|@gatehouse)/);
});

test('the islands pass the type checker with a browser’s own types', () => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const project = join(root, 'hub/console/islands');
  expect(execFileSync(process.execPath, [tsc, '--noEmit', '-p', project], { encoding: 'utf8' })).toBe('');
}, 60_000);
