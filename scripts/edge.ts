import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readIdentity } from '@gatehouse/edge/sync/enrolment/identity-file.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { edgeDataFolder } from './edge-data.ts';
import { EDGE_RUNTIME_FLAGS } from './edge-runtime.ts';

const usage = `gatehouse edge --name EDGE [--data FILE.csv | --session FILE] [--pace SECONDS] [--passphrase-file FILE]
       gatehouse edge ledger [accept --by PERSON --reason TEXT] [--name EDGE]
       gatehouse edge devices [confirm --by PERSON --reason TEXT]
  --name EDGE             an edge of this machine that "gatehouse enrol" has let in
  --data FILE.csv         replay these bars instead of the S&P 500 of 2000 to 2020
  --session FILE          trade what this file names (docs/sessions.md)
  --pace SECONDS          how long a replay takes (default 60; 0 is as fast as it goes)
  --passphrase-file FILE  opens what is sealed with a passphrase
  ledger, devices         what to do at an edge, and at the hub, when the hub was restored from a backup (docs/restored-hub.md)`;

const options = {
  name: { type: 'string' },
  data: { type: 'string' },
  session: { type: 'string' },
  pace: { type: 'string' },
  'passphrase-file': { type: 'string' },
} as const;

const BUG_EXIT = 70;

/** What is not a run of an edge, each with a usage of its own. */
const verbs: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  ledger: () => import('./edge-ledger.ts'),
  devices: () => import('./edge-devices.ts'),
};

/** Runs one enrolled edge until it is asked to stop; a service manager starts it again where it should. */
export const command: Command = {
  usage,
  async run(args) {
    const [verb = '', ...rest] = args;
    if (Object.hasOwn(verbs, verb)) return runVerb(verb, rest);
    const { values, positionals } = parseOptions(args, options, usage);
    const { name = '' } = values;
    if (positionals.length > 0 || !Identifier.safeParse(name).success) throw invalid('name one edge with --name');
    const root = edgeDataFolder(readScriptConfig().data, name);
    if (readIdentity(root)?.state !== 'enrolled') {
      throw new KitError('NOT_FOUND', `${name} is not enrolled in ${root}`, {
        hint: 'Have a token issued on the page of devices of the console and run "gatehouse enrol TOKEN".',
      });
    }
    return runEdge({
      GATEHOUSE_EDGE_DATA: root,
      GATEHOUSE_EDGE_ID: name,
      ...fileSetting('GATEHOUSE_EDGE_BARS', values.data),
      ...fileSetting('GATEHOUSE_EDGE_SESSION', values.session),
      ...fileSetting('GATEHOUSE_EDGE_PASSPHRASE_FILE', values['passphrase-file']),
      ...(values.pace === undefined ? {} : { GATEHOUSE_EDGE_PACE_SECONDS: values.pace }),
    });
  },
};

async function runVerb(verb: string, args: readonly string[]): Promise<number> {
  const { command: found } = (await verbs[verb]?.()) ?? {};
  if (found === undefined) throw invalid(`there is no "gatehouse edge ${verb}"`);
  return found.run(args);
}

function fileSetting(variable: string, name: string | undefined): Readonly<Record<string, string>> {
  if (name === undefined) return {};
  const file = resolve(name);
  if (existsSync(file)) return { [variable]: file };
  throw invalid(`there is no file ${file}`);
}

/** The edge is a process of its own, so that what ends it ends nothing else; it hears the signals that we hear. */
function runEdge(settings: Readonly<Record<string, string>>): Promise<number> {
  const script = fileURLToPath(new URL('../edge/main.ts', import.meta.url));
  const child = spawn(process.execPath, [...EDGE_RUNTIME_FLAGS, script], {
    env: { ...process.env, ...settings },
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGTERM'));
  process.on('disconnect', () => child.kill('SIGTERM'));
  return new Promise((resolveExit, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolveExit(code ?? BUG_EXIT));
  });
}

function invalid(message: string): KitError {
  return new KitError('COMMAND_INVALID', message, { hint: `Usage: ${usage}` });
}
