import { hostname, userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadEdgeKey } from '@gatehouse/edge/journal/edge-key.ts';
import { enrol } from '@gatehouse/edge/sync/enrolment/enrol.ts';
import { parseTokenText } from '@gatehouse/shared/enrolment/token-text.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { MachineFacts } from '@gatehouse/shared/schema/enrolment.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { claimDataFolder } from './data-folder.ts';
import { edgeDataFolder } from './edge-data.ts';
import { readPassphrase, typedUnseen } from './passphrase.ts';
import { releaseOfThis } from './version.ts';

const usage = `gatehouse enrol TOKEN [--name EDGE] [--passphrase-file FILE | --ask-passphrase] [--wait SECONDS]
       gatehouse enrol --resume --name EDGE [--wait SECONDS]
  TOKEN                   as the console's page of devices shows it; - reads it from standard input or asks for it
  --name EDGE             the name that this edge is to have; it must be that of the token
  --passphrase-file FILE  seals the key of the certificate with the passphrase in a file that only you may read
  --ask-passphrase        the same, and you are asked for it
  --wait SECONDS          how long to wait for the person who approves (default 900)
  --resume                goes on with an enrolment that nobody had decided on yet`;

const options = {
  name: { type: 'string' },
  'passphrase-file': { type: 'string' },
  'ask-passphrase': { type: 'boolean' },
  wait: { type: 'string' },
  resume: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parsed>['values'];

const WAIT_SECONDS_DEFAULT = 900;
const WAIT_SECONDS_MAX = 86_400;
const MS_PER_SECOND = 1_000;
const INPUT_LENGTH_MAX = 4_000;
const FACT_LENGTH_MAX = 200;

function parsed(args: readonly string[]) {
  return parseOptions(args, options, usage);
}

/** Lets this machine ask a hub to be one of its edges. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parsed(args);
    const token = await tokenOf(values, positionals);
    const name = token === undefined ? values.name : parseTokenText(token).edge;
    if (name === undefined || !Identifier.safeParse(name).success) throw invalid('name the edge with --name');
    const { data } = readScriptConfig();
    claimDataFolder(data);
    const root = edgeDataFolder(data, name);
    const enrolled = await enrol({
      root,
      token,
      name: values.name,
      signerOf: async (edge) => (await loadEdgeKey(root, edge)).signer,
      machine: machineFacts(),
      passphrase: await passphraseOf(values),
      waitMs: waitOf(values) * MS_PER_SECOND,
      monotonicMs: () => performance.now(),
      sleep,
      log: (line) => process.stdout.write(`${line}\n`),
    });
    process.stdout.write(
      `Start it with "gatehouse edge --name ${enrolled.edge}"; one that runs takes this at its next start.\n`,
    );
    return 0;
  },
};

/** A token among the words of a command ends up in the history of the shell; it works once, and can be typed instead. */
async function tokenOf({ resume }: Values, positionals: readonly string[]): Promise<string | undefined> {
  const [word, ...more] = positionals;
  if (resume === true && word === undefined) return undefined;
  if (resume === true || word === undefined || more.length > 0) throw invalid('give one token, or --resume');
  if (word !== '-') return word;
  if (process.stdin.isTTY) return typedUnseen('Token: ');
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > INPUT_LENGTH_MAX) throw invalid(`more than ${INPUT_LENGTH_MAX} characters of input`);
  }
  return text;
}

async function passphraseOf(values: Values): Promise<string | undefined> {
  const file = values['passphrase-file'];
  if (file === undefined && values['ask-passphrase'] !== true) return undefined;
  return readPassphrase({ file, question: 'Passphrase of the certificate’s key', isNew: true });
}

function waitOf({ wait }: Values): number {
  const seconds = wait === undefined ? WAIT_SECONDS_DEFAULT : Number(wait);
  if (wait !== '' && Number.isFinite(seconds) && seconds >= 0 && seconds <= WAIT_SECONDS_MAX) return seconds;
  throw invalid(`--wait ${wait} is no number of seconds from 0 to ${WAIT_SECONDS_MAX}`);
}

/** What the person who approves sees of this machine. */
function machineFacts(): MachineFacts {
  const facts = {
    host: hostname(),
    system: process.platform,
    processor: process.arch,
    user: userName(),
    release: releaseOfThis(),
  };
  const bounded = Object.entries(facts).map(([key, text]) => [key, text.slice(0, FACT_LENGTH_MAX) || 'unknown']);
  return Object.fromEntries(bounded) as MachineFacts;
}

/** A user without an entry in the system's list has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

function invalid(message: string): KitError {
  return new KitError('COMMAND_INVALID', message, { hint: `Usage: ${usage}` });
}
