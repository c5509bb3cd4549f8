import { resolve } from 'node:path';
import { isLoosening } from '@gatehouse/compliance/sheet-difference.ts';
import { sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import { readDocument } from '@gatehouse/edge/governance/governance-folders.ts';
import { newestSheetOnDisk } from '@gatehouse/edge/governance/sheet-keeper.ts';
import { writeDurably } from '@gatehouse/edge/journal/durable-file.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { documentWords, visible } from '@gatehouse/shared/governance/document-words.ts';
import { type GovernedDocument, isSigned, readGoverned, wireOf } from '@gatehouse/shared/governance/draft.ts';
import { cosign, type Signer } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { SHEET_TYPE, type Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { confirmed } from './confirm.ts';
import { edgeDataFolder } from './edge-data.ts';
import { loadPersonKey } from './person-key.ts';
import { changeLines } from './sheet-changes.ts';

const usage = `gatehouse sign FILE --key KEY [--out FILE] [--against SHEET] [--passphrase-file FILE] [--yes]
  FILE                    a draft, or a document that carries signatures already
  --key KEY               your key, as "gatehouse keys make" wrote it
  --out FILE              where the signed document is written; FILE itself by default
  --against SHEET         the sheet that a limit sheet is compared with; the one this edge accepted last by default`;

const options = {
  key: { type: 'string' },
  out: { type: 'string' },
  against: { type: 'string' },
  'passphrase-file': { type: 'string' },
  yes: { type: 'boolean' },
} as const;

/** Shows a document in words and signs it. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parseOptions(args, options, usage);
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0 || values.key === undefined) {
      throw new KitError('COMMAND_INVALID', 'name one file and your key', { hint: `Usage: ${usage}` });
    }
    const text = readDocument(file);
    const document = readGoverned(text);
    for (const line of documentWords(document)) process.stdout.write(`${line}\n`);
    if (document.type === SHEET_TYPE) showChanges(document.value, values.against);
    const signers = isSigned(text) ? readClaimed(text).signers : [];
    const by = signers.length === 0 ? 'nobody yet' : `${signers.map(visible).join(', ')} (not checked here)`;
    process.stdout.write(`Signed by ${by}.\n`);

    const signer = await loadPersonKey({ path: values.key, passphraseFile: values['passphrase-file'] });
    if (!(await confirmed(`Sign all of this as ${signer.name}?`, values.yes))) {
      process.stdout.write('Nothing was signed.\n');
      return 0;
    }
    const path = resolve(values.out ?? file);
    await writeDurably(path, signedBy(signer, text, document));
    process.stdout.write(`${path} is signed by ${signer.name}.\n`);
    return 0;
  },
};

/** What was shown is what is signed: a draft by its value, a signed document by its exact text. */
function signedBy(signer: Signer, text: string, document: GovernedDocument): string {
  return isSigned(text) ? cosign(text, signer) : signDocument(signer, document.type, wireOf(document));
}

function showChanges(sheet: Sheet, against: string | undefined): void {
  const before =
    against === undefined ? newestSheetOnDisk(edgeDataFolder(readScriptConfig().data))?.sheet : sheetIn(against);
  if (before === undefined) {
    process.stdout.write('There is no sheet to compare it with.\n');
    return;
  }
  process.stdout.write(`Compared with sheet ${before.id} number ${before.sequence}:\n`);
  for (const line of changeLines(isLoosening(before, sheet))) process.stdout.write(`${line}\n`);
}

function sheetIn(path: string): Sheet {
  const text = readDocument(path);
  if (isSigned(text)) return sheetOnRecord(text);
  const document = readGoverned(text);
  if (document.type === SHEET_TYPE) return document.value;
  throw new KitError('COMMAND_INVALID', `${path} holds no limit sheet`, { hint: `Usage: ${usage}` });
}
