import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { hasCredentialKey, needsPassphrase } from '@gatehouse/edge/credentials/credential-key.ts';
import {
  CREDENTIALS_NAME,
  type CredentialFolder,
  listCredentials,
  removeCredential,
  rotateCredential,
  setCredential,
} from '@gatehouse/edge/credentials/credentials.ts';
import type { CredentialLabel, CredentialPlace } from '@gatehouse/edge/credentials/sealed-credential.ts';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import type { VenueSecret } from '@gatehouse/edge/venues/define-connector.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { confirmed } from './confirm.ts';
import { claimDataFolder } from './data-folder.ts';
import { edgeDataFolder } from './edge-data.ts';
import { readPassphrase, typedUnseen } from './passphrase.ts';

const usage = `gatehouse credentials list
       gatehouse credentials set|rotate --venue ID --account ID [--passphrase-file FILE | --ask-passphrase]
       gatehouse credentials remove --venue ID --account ID [--yes]
  The key and the secret of a venue account are typed where nobody sees them, or read from standard input: the key on
  its first line, the secret on the others. They are never arguments. A running edge takes a rotated one by itself.
  --passphrase-file FILE  the passphrase that seals all credentials of this edge, in a file that only you may read
  --ask-passphrase        you are asked for it; the first "set" decides whether there is one`;

const options = {
  venue: { type: 'string' },
  account: { type: 'string' },
  'passphrase-file': { type: 'string' },
  'ask-passphrase': { type: 'boolean' },
  yes: { type: 'boolean' },
} as const;

/** Far more than any key of a venue. Units: UTF-16 code units. */
const INPUT_LENGTH_MAX = 20_000;

type Values = ReturnType<typeof parsed>['values'];

function parsed(args: readonly string[]) {
  return parseOptions(args, options, usage);
}

/** Keeps the secrets of venue accounts, sealed. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parsed(args);
    const [verb, ...more] = positionals;
    const { data } = readScriptConfig();
    const folder = join(edgeDataFolder(data), CREDENTIALS_NAME);
    if (more.length > 0) throw invalid('a secret or any other word behind the command is not read');
    if (verb === 'list') return list(folder);
    if (verb === 'set' || verb === 'rotate') {
      claimDataFolder(data);
      return keep(verb, folder, values);
    }
    if (verb === 'remove') return remove(folder, values);
    throw invalid('say what to do with which credential');
  },
};

function list(folder: string): number {
  const all = listCredentials(folder);
  for (const label of all) process.stdout.write(`${wordsOf(label)}\n`);
  if (all.length === 0) process.stdout.write('There are no venue credentials.\n');
  return 0;
}

async function keep(verb: 'set' | 'rotate', folder: string, values: Values): Promise<number> {
  const place = placeOf(values);
  const passphrase = await passphraseOf(folder, values);
  const at: CredentialFolder = { folder, passphrase };
  const secret = await readSecret(place);
  const act = verb === 'set' ? setCredential : rotateCredential;
  const { label, warning } = await act(at, { ...place, setAt: systemClock().now() }, secret);
  if (warning !== undefined) process.stderr.write(`${warning}\n`);
  process.stdout.write(`${verb === 'set' ? 'Kept' : 'Rotated'}: ${wordsOf(label)}\n`);
  return 0;
}

async function remove(folder: string, values: Values): Promise<number> {
  const place = placeOf(values);
  if (!(await confirmed(`Remove the credential of ${place.account} at ${place.venue}?`, values.yes))) {
    process.stdout.write('Nothing was removed.\n');
    return 0;
  }
  process.stdout.write(`Removed: ${wordsOf(await removeCredential(folder, place))}\n`);
  process.stdout.write('Have the venue withdraw the key as well: what was on a disk may be found again.\n');
  return 0;
}

function placeOf({ venue = '', account = '' }: Values): CredentialPlace {
  const problems = Object.entries({ venue, account })
    .filter(([, id]) => !Identifier.safeParse(id).success)
    .map(([name, id]) => (id === '' ? `--${name} is missing` : `--${name} ${id} is no id`));
  if (problems.length === 0) return { venue, account };
  throw new KitError('COMMAND_INVALID', problems.join('; '), { hint: `Usage: ${usage}`, problems });
}

/** A folder with a key says itself whether it takes a passphrase; the first credential decides. */
async function passphraseOf(folder: string, values: Values): Promise<string | undefined> {
  const file = values['passphrase-file'];
  const isNew = !hasCredentialKey(folder);
  const isWanted = isNew ? file !== undefined || values['ask-passphrase'] === true : needsPassphrase(folder);
  if (isWanted) return readPassphrase({ file, question: 'Passphrase of the venue credentials', isNew });
  if (file === undefined && values['ask-passphrase'] !== true) return undefined;
  throw new KitError('STATE_CONFLICT', 'the credentials of this edge were made without a passphrase', {
    hint: 'Remove them and credentials.key, and set them again with one.',
  });
}

async function readSecret({ venue, account }: CredentialPlace): Promise<VenueSecret> {
  if (process.stdin.isTTY) {
    const key = await typedUnseen(`Key of ${account} at ${venue}: `);
    const secret = await typedUnseen('Secret: ');
    return complete({ key: key.trim(), secret: secret.trim() });
  }
  const input = await text(process.stdin);
  if (input.length > INPUT_LENGTH_MAX) throw invalid(`more than ${INPUT_LENGTH_MAX} characters of input`);
  const [key = '', ...rest] = input.split(/\r?\n/);
  return complete({ key: key.trim(), secret: rest.join('\n').trim() });
}

function complete(secret: VenueSecret): VenueSecret {
  if (secret.key !== '' && secret.secret !== '') return secret;
  throw new KitError('COMMAND_INVALID', 'a credential is a key on the first line and a secret on the next', {
    hint: 'Nothing was written; start again.',
  });
}

function wordsOf({ venue, account, fingerprint, setAt }: CredentialLabel): string {
  return `${account} at ${venue}, fingerprint ${fingerprint}, set ${instantText(setAt)}`;
}

function invalid(message: string): KitError {
  return new KitError('COMMAND_INVALID', message, { hint: `Usage: ${usage}` });
}
