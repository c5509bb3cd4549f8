import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { release, version } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { BROKER_PORT_FILE } from '@gatehouse/hub/config.ts';
import { describeError } from '@gatehouse/shared/errors.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig, type ScriptConfig } from './config.ts';
import { claimDataFolder, codeOf } from './data-folder.ts';

interface Finding {
  readonly name: string;
  readonly state: 'good' | 'note' | 'bad';
  readonly text: string;
}

const FREE_BYTES_MIN = 2_000_000_000;
const usage = 'gatehouse doctor [--json]';

/** Looks at what Gatehouse stands on and says what would stop it, with the cure. */
export const command: Command = {
  usage,
  async run(args) {
    const { values } = parseOptions(args, { json: { type: 'boolean' } }, usage);
    const config = readScriptConfig();
    const findings = [
      runtime(),
      systemNode(config),
      await npmVersion(),
      platform(),
      folder(config),
      disk(config),
      await port('console port', config.consolePort, 'GATEHOUSE_PORT'),
      await brokerPort(config),
      clock(),
      database(config),
    ];
    if (values.json === true) process.stdout.write(`${JSON.stringify(findings)}\n`);
    else
      for (const { name, state, text } of findings)
        process.stdout.write(`${state.padEnd(5)} ${name.padEnd(14)} ${text}\n`);
    return findings.some((finding) => finding.state === 'bad') ? 3 : 0;
  },
};

function runtime(): Finding {
  const { node, openssl, v8 } = process.versions;
  const pinned = process.execPath.includes('node_modules');
  const text = `Node ${node} (OpenSSL ${openssl}, V8 ${v8}) at ${process.execPath}${pinned ? ', pinned by the lock file' : ', the system’s own'}`;
  return { name: 'runtime', state: node.startsWith('24.') ? 'good' : 'bad', text };
}

/** The Node that npm runs on; it only ever starts the pinned one. */
function systemNode({ doorNode }: ScriptConfig): Finding {
  return {
    name: 'system node',
    state: 'good',
    text: doorNode === undefined ? 'not used' : `Node ${doorNode} started this`,
  };
}

async function npmVersion(): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)('npm', ['--version'], { shell: process.platform === 'win32' });
    return { name: 'npm', state: 'good', text: `npm ${stdout.trim()}` };
  } catch (cause) {
    return { name: 'npm', state: 'note', text: `npm does not answer (${codeOf(cause)}); only an install needs it` };
  }
}

function platform(): Finding {
  const uid = process.getuid?.();
  const user = uid === undefined ? '' : uid === 0 ? ', as root' : `, as user ${uid}`;
  return {
    name: 'platform',
    state: 'good',
    text: `${process.platform} ${process.arch}, ${version()} ${release()}${user}`,
  };
}

function folder(config: ScriptConfig): Finding {
  const name = 'data folder';
  if (!existsSync(config.data)) return parentFolder(config);
  try {
    accessSync(config.data, constants.R_OK | constants.W_OK | constants.X_OK);
    claimDataFolder(config.data);
    return { name, state: 'good', text: `${config.data} is ours and writable` };
  } catch (error) {
    return { name, state: 'bad', text: describeError(error) };
  }
}

function parentFolder(config: ScriptConfig): Finding {
  const name = 'data folder';
  try {
    mkdirSync(config.data, { recursive: true });
    rmdirSync(config.data);
    return { name, state: 'good', text: `${config.data} will be made at the first start` };
  } catch (cause) {
    return {
      name,
      state: 'bad',
      text: `${config.data} cannot be made (${codeOf(cause)}); name another in GATEHOUSE_DATA`,
    };
  }
}

function disk(config: ScriptConfig): Finding {
  const place = existsSync(config.data) ? config.data : dirname(config.data);
  if (!existsSync(place)) return { name: 'disk', state: 'note', text: `${place} is not there yet` };
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const text = `${(free / 1e9).toFixed(1)} GB free at ${place}`;
  return free >= FREE_BYTES_MIN
    ? { name: 'disk', state: 'good', text }
    : { name: 'disk', state: 'bad', text: `${text}; make room, or name another folder in GATEHOUSE_DATA` };
}

/** A port is looked at by taking it for a moment. Shape: `variable` is how another one is chosen. */
function port(name: string, number: number, variable: string): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (cause) => {
      const text = `${number} is in use (${codeOf(cause)}): by a running Gatehouse, or set ${variable}`;
      resolve({ name, state: 'note', text });
    });
    server.listen(number, '127.0.0.1', () =>
      server.close(() => resolve({ name, state: 'good', text: `${number} is free` })),
    );
  });
}

/** The broker keeps the port of its first start, so that edges find a restarted hub. */
async function brokerPort({ data, mqttPort }: ScriptConfig): Promise<Finding> {
  const kept = join(data, 'hub', BROKER_PORT_FILE);
  const number = mqttPort ?? (existsSync(kept) ? Number(readFileSync(kept, 'utf8')) : 0);
  if (number > 0) return port('broker port', number, 'GATEHOUSE_MQTT_PORT');
  return { name: 'broker port', state: 'good', text: 'a free one is taken at the first start' };
}

/** A clock that is behind this release was never set. */
function clock(): Finding {
  const year = new Date().getUTCFullYear();
  const text = `${new Date().toISOString()} by the system clock; no time source was asked`;
  return year >= 2026
    ? { name: 'clock', state: 'good', text }
    : { name: 'clock', state: 'bad', text: `${text}; it is behind this release: set the clock` };
}

function database(config: ScriptConfig): Finding {
  const text =
    config.databaseUrl === undefined
      ? 'an embedded PostgreSQL in the data folder'
      : 'the one that DATABASE_URL names; its durability settings are checked at start';
  return { name: 'database', state: 'good', text };
}
