import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { NONCE_BYTES, SALT_BYTES, sealKey } from '@gatehouse/shared/governance/sealed-key.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import { type Command, parseOptions } from './command.ts';
import { writeNewFile } from './new-file.ts';
import { readPassphrase } from './passphrase.ts';

const usage = `gatehouse keys make ID [--out FOLDER] [--passphrase-file FILE]
  ID                      who signs: a person's opaque id, or a name for a root key
  --out FOLDER            where ID.key (sealed) and ID.vkey (public) are written, here by default
  --passphrase-file FILE  the passphrase, in a file that only you may read; otherwise you are asked`;

const options = { out: { type: 'string' }, 'passphrase-file': { type: 'string' } } as const;

/** Makes the sealed signing key of a person or a root. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parseOptions(args, options, usage);
    const [verb, id, ...more] = positionals;
    if (verb !== 'make' || id === undefined || more.length > 0 || !Identifier.safeParse(id).success) {
      throw new KitError('COMMAND_INVALID', 'name one id to make a key for', { hint: `Usage: ${usage}` });
    }
    const file = values['passphrase-file'];
    const passphrase = await readPassphrase({ file, question: `New passphrase of ${id}`, isNew: true });
    const signer = generateSigner(id);
    const sealing = { passphrase, salt: randomBytes(SALT_BYTES), nonce: randomBytes(NONCE_BYTES) };
    const folder = values.out ?? '.';
    const key = writeNewFile(join(folder, `${id}.key`), sealKey(signer, sealing));
    const publicKey = writeNewFile(join(folder, `${id}.vkey`), `${signer.verifierKey}\n`);
    process.stdout.write(`${key} is sealed and stays with ${id}.
${publicKey} is public: hand it to those who keep the trust document.
${signer.verifierKey}\n`);
    return 0;
  },
};
