#!/usr/bin/env node
// The door to everything: plain JavaScript that Node 20.19 can read. It finds the pinned Node 24, puts it first on PATH
// and runs the named command (or a developer's tool) with it. The system's Node is only ever used to get here.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const USAGE_EXIT = 2;

function runtimePackage() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  return `node-${platform}-${process.arch}`;
}

function systemNodeIsEnough() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major === 24 && minor >= 11;
}

function pinnedNode() {
  const name = runtimePackage();
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = join(root, 'node_modules', name, 'bin', file);
  if (existsSync(path)) return path;
  const isAppleSilicon = process.platform === 'darwin' && process.arch === 'arm64';
  if (isAppleSilicon && systemNodeIsEnough()) return process.execPath;
  const cure = isAppleSilicon
    ? 'install Node 24.11 or newer of the 24 line and run the command with it'
    : 'run "npm ci" without --omit=optional on this machine';
  process.stderr.write(`gatehouse: the pinned runtime ${name} is not installed; ${cure}.\n`);
  process.exit(USAGE_EXIT);
}

function toolPath(name) {
  const packages = { biome: '@biomejs/biome', tsc: 'typescript', depcruise: 'dependency-cruiser' };
  const folder = join(root, 'node_modules', packages[name] ?? name);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[name]);
}

const [first, ...rest] = process.argv.slice(2);
const script = first === '--tool' ? toolPath(rest.shift()) : join(root, 'scripts', 'gatehouse.ts');
const args = first === '--tool' || first === undefined ? rest : [first, ...rest];

const node = pinnedNode();
const child = spawn(node, [script, ...args], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: {
    ...process.env,
    GATEHOUSE_DOOR_NODE: process.versions.node,
    PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`,
  },
});
child.on('error', (error) => {
  process.stderr.write(`gatehouse: the pinned runtime at ${node} does not start: ${error.message}.\n`);
  process.exit(USAGE_EXIT);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
