import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { build, type Plugin } from 'esbuild';
import type { Asset, ConsoleAssets } from './console-deps.ts';

/** The console as the runtime can load it. Shape: `moduleUrl` names a module with the exports of `app.tsx`. */
export interface CompiledConsole {
  readonly moduleUrl: string;
  readonly assets: ConsoleAssets;
}

interface Kind {
  readonly extension: string;
  readonly type: string;
}

const home = import.meta.dirname;
const HASH_LENGTH = 16;
const JAVASCRIPT: Kind = { extension: 'js', type: 'text/javascript; charset=utf-8' };
const MODULE = /^console-[0-9a-f]+\.mjs$/;

/**
 * Compiles the console's pages into one module in the folder, and its script and style into assets.
 *
 * Shape: the module's name is its content's hash; it is written whole or not at all, and older ones are removed.
 */
export async function compileConsole(folder: string): Promise<CompiledConsole> {
  const [code, assets] = await Promise.all([bundlePages(), compileAssets()]);
  await mkdir(folder, { recursive: true });
  const name = `console-${shortHash(code)}.mjs`;
  const file = join(folder, name);
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, code);
  await rename(draft, file);
  const old = (await readdir(folder)).filter((other) => MODULE.test(other) && other !== name);
  await Promise.all(old.map((other) => rm(join(folder, other), { force: true })));
  return { moduleUrl: pathToFileURL(file).href, assets };
}

/** The script of the pages, that of their streams, and the style sheet, each under a path that names its content. */
export async function compileAssets(): Promise<ConsoleAssets> {
  const [script, worker, style] = await Promise.all([
    bundleIsland('console.ts'),
    bundleIsland('live-worker.ts'),
    readFile(join(home, 'style.css'), 'utf8'),
  ]);
  return {
    script: assetOf(script, 'console', JAVASCRIPT),
    worker: assetOf(worker, 'streams', JAVASCRIPT),
    style: assetOf(style, 'console', { extension: 'css', type: 'text/css; charset=utf-8' }),
  };
}

async function bundlePages(): Promise<string> {
  const result = await build({
    entryPoints: [join(home, 'app.tsx')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    plugins: [outsideStaysOutside],
    logLevel: 'silent',
  });
  return textOf(result.outputFiles);
}

async function bundleIsland(entry: string): Promise<string> {
  const result = await build({
    entryPoints: [join(home, 'islands', entry)],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    target: ['chrome120', 'firefox120', 'safari17'],
    logLevel: 'silent',
  });
  return textOf(result.outputFiles);
}

/**
 * Only files of the console are bundled. All else is named by its file's address, so that the module works from any
 * folder and shares its classes and values with the rest of the hub.
 */
const outsideStaysOutside: Plugin = {
  name: 'outside-stays-outside',
  setup(pluginBuild) {
    pluginBuild.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
      if (kind === 'entry-point') return undefined;
      if (isBuiltin(path)) return { path, external: true };
      if (!path.startsWith('.')) return { path: import.meta.resolve(path), external: true };
      const file = resolve(dirname(importer), path);
      if (file.startsWith(home + sep)) return undefined;
      return { path: pathToFileURL(file).href, external: true };
    });
  },
};

function textOf(files: readonly { readonly text: string }[]): string {
  return files.map(({ text }) => text).join('');
}

function assetOf(body: string, name: string, { extension, type }: Kind): Asset {
  return { path: `/assets/${name}-${shortHash(body)}.${extension}`, type, body };
}

function shortHash(text: string): string {
  return sha256(text).toString('hex').slice(0, HASH_LENGTH);
}
