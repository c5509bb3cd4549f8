import { isLoosening } from '@gatehouse/compliance/sheet-difference.ts';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { readDocument } from '@gatehouse/edge/governance/governance-folders.ts';
import { newestSheetOnDisk } from '@gatehouse/edge/governance/sheet-keeper.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { documentWords, visible } from '@gatehouse/shared/governance/document-words.ts';
import { draftText, isSigned, readGoverned } from '@gatehouse/shared/governance/draft.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { SHEET_TYPE, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { applyDocument } from './apply-document.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { edgeDataFolder } from './edge-data.ts';
import { firstSheet, firstSheetOptions, firstSheetUsage } from './first-sheet.ts';
import { writeNewFile } from './new-file.ts';
import { changeLines } from './sheet-changes.ts';

const usage = `gatehouse limits init ${firstSheetUsage}
       gatehouse limits show [SHEET]
       gatehouse limits diff [BEFORE] AFTER
       gatehouse limits export --out FILE
       gatehouse limits draft --reason TEXT [--maker ID] [--checker ID...] --out FILE
       gatehouse limits apply SHEET [--name EDGE]
  draft writes the sheet that this edge accepted last once more, numbered one higher and unsigned, to be changed in an editor;
  a sheet that loosens names its --checker as well.
  init writes a careful first sheet for a paper account, for people to read, change and sign.
  apply with --name gives it to another edge of this machine than the first, also before its first start.
  show and export take the sheet that this edge accepted last; diff compares with it where BEFORE is left out.`;

const options = { ...firstSheetOptions, out: { type: 'string' }, name: { type: 'string' } } as const;

/** A difference that loosens is a finding. */
const FINDINGS = 3;

/** Makes, shows, compares and carries limit sheets. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parseOptions(args, options, usage);
    const [verb, first, second, ...more] = positionals;
    if (more.length === 0) {
      if (verb === 'init' && first === undefined) return init(firstSheet(values, latest()?.sheet), values.out);
      if (verb === 'show' && second === undefined) return show(first);
      if (verb === 'diff' && first !== undefined) return diff(first, second);
      if (verb === 'draft' && first === undefined) return draft(values);
      if (verb === 'export' && first === undefined) return exportSheet(values.out);
      if (verb === 'apply' && first !== undefined && second === undefined)
        return applyDocument('limits', first, values.name);
    }
    throw new KitError('COMMAND_INVALID', 'say what to do with which sheet', { hint: `Usage: ${usage}` });
  },
};

function latest() {
  return newestSheetOnDisk(edgeDataFolder(readScriptConfig().data));
}

function init(sheet: Sheet, out: string | undefined): number {
  if (out === undefined)
    throw new KitError('COMMAND_INVALID', 'name the new file with --out', { hint: `Usage: ${usage}` });
  const path = writeNewFile(out, draftText({ type: SHEET_TYPE, value: sheet }));
  const off = sheet.controls.filter((line) => 'off' in line).length;
  process.stdout.write(`${path} is a draft with ${sheet.controls.length} controls, ${off} of them off, each with its reason.
Read it, change what does not fit, sign it with "gatehouse sign", and apply it with "gatehouse limits apply".\n`);
  return 0;
}

interface DraftTerms {
  readonly out?: string | undefined;
  readonly reason?: string | undefined;
  readonly maker?: string | undefined;
  readonly checker?: readonly string[] | undefined;
}

/** The next sheet as the newest one was, for people to change; what does not change keeps its figures and its end. */
function draft({ out, reason, maker, checker }: DraftTerms): number {
  if (out === undefined || reason === undefined)
    throw new KitError('COMMAND_INVALID', 'name the new file with --out and say why with --reason', {
      hint: `Usage: ${usage}`,
    });
  const { sheet } = mustHave();
  const wire = {
    ...(encode(Sheet, sheet) as object),
    sequence: sheet.sequence + 1,
    from: instantText(systemClock().now()),
    reason,
    maker: maker ?? sheet.maker,
    checkers: checker ?? [],
  };
  const next = decode(Sheet, wire, 'the next sheet');
  const path = writeNewFile(out, draftText({ type: SHEET_TYPE, value: next }));
  process.stdout.write(`${path} is a draft of sheet ${sheet.id} number ${next.sequence}, as number ${sheet.sequence} was.
Change it, look at "gatehouse limits diff ${path}", have it signed with "gatehouse sign" and apply it.\n`);
  return 0;
}

function show(file: string | undefined): number {
  const text = file === undefined ? mustHave().document : readDocument(file);
  for (const line of documentWords(readGoverned(text))) process.stdout.write(`${line}\n`);
  const by = isSigned(text) ? readClaimed(text).signers.map(visible).join(', ') : 'nobody yet';
  process.stdout.write(`Signed by ${by}.\n`);
  return 0;
}

function diff(first: string, second: string | undefined): number {
  const [before, after] = second === undefined ? [mustHave().sheet, sheetIn(first)] : [sheetIn(first), sheetIn(second)];
  const difference = isLoosening(before, after);
  for (const line of changeLines(difference)) process.stdout.write(`${line}\n`);
  return difference.isLoosening ? FINDINGS : 0;
}

function exportSheet(out: string | undefined): number {
  if (out === undefined)
    throw new KitError('COMMAND_INVALID', 'name the new file with --out', { hint: `Usage: ${usage}` });
  const { document, sheet, hash } = mustHave();
  const path = writeNewFile(out, document);
  process.stdout.write(`${path} is sheet ${sheet.id} number ${sheet.sequence}, exactly as it was signed (${hash}).\n`);
  return 0;
}

function mustHave(): NonNullable<ReturnType<typeof latest>> {
  const newest = latest();
  if (newest !== undefined) return newest;
  throw new KitError('NOT_FOUND', 'this edge has accepted no limit sheet yet', {
    hint: 'Make one with "gatehouse limits init", have it signed and apply it.',
  });
}

function sheetIn(path: string): Sheet {
  const document = readGoverned(readDocument(path));
  if (document.type === SHEET_TYPE) return document.value;
  throw new KitError('COMMAND_INVALID', `${path} holds no limit sheet`, { hint: `Usage: ${usage}` });
}
