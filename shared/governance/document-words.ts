import { DATED_FILE_TYPE, type DatedFile } from '../schema/dated-file.ts';
import {
  EPOCH_TYPE,
  type EpochOpening,
  OVERRIDE_TYPE,
  type Override,
  RELEASE_TYPE,
  type Release,
  TRUST_TYPE,
  type Trust,
} from '../schema/governance.ts';
import { type FigureText, SHEET_TYPE, type Sheet } from '../schema/sheet.ts';
import { toText } from '../values/decimal.ts';
import { type Instant, instantText } from '../values/instant.ts';
import type { GovernedDocument } from './draft.ts';

/**
 * A document in words, a line each, as it is shown to whoever is to sign it.
 *
 * Shape: everything that counts is in it; characters that could steer a terminal are written out, so that nothing is hidden.
 */
export function documentWords(document: GovernedDocument): readonly string[] {
  return wordsOf(document).map(visible);
}

function wordsOf(document: GovernedDocument): readonly string[] {
  switch (document.type) {
    case SHEET_TYPE:
      return sheetWords(document.value);
    case TRUST_TYPE:
      return trustWords(document.value);
    case RELEASE_TYPE:
      return releaseWords(document.value);
    case OVERRIDE_TYPE:
      return overrideWords(document.value);
    case EPOCH_TYPE:
      return epochWords(document.value);
    case DATED_FILE_TYPE:
      return fileWords(document.value);
  }
}

/** A text with its control characters and invisible marks of direction written out as `\u{…}`. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

function sheetWords(sheet: Sheet): readonly string[] {
  const { id, sequence, mark, environment, legalEntity, accounts, currency, maker, checkers, reason } = sheet;
  return [
    `Limit sheet ${id} number ${sequence}${mark === 'DEMO' ? ' of a demonstration' : ''}, for ${environment}, of ${legalEntity}.`,
    `It covers the accounts ${accounts.join(', ')}, with values in ${currency}, ${termText(sheet)}.`,
    `Made by ${maker}, ${checkers.length === 0 ? 'checked by nobody' : `checked by ${checkers.join(', ')}`}: ${reason}`,
    ...sheet.controls.flatMap(controlWords),
    ...(sheet.breakers ?? []).map(
      ({ breaker, version, scope, level, figures }) =>
        `Breaker ${breaker}@${version} for ${scope}, to ${level}: ${figuresText(figures)}`,
    ),
  ];
}

function controlWords(line: Sheet['controls'][number]): readonly string[] {
  if ('off' in line) return [`${line.control} is OFF: ${line.off.reason}`];
  return line.on.map(({ scope, figures }) => `${line.control}@${line.version} for ${scope}: ${figuresText(figures)}`);
}

function figuresText(figures: Readonly<Record<string, FigureText>>): string {
  const entries = Object.entries(figures);
  if (entries.length === 0) return 'on, with nothing to set';
  return entries
    .map(([name, figure]) => `${name} ${Array.isArray(figure) ? `[${figure.join(', ')}]` : figure}`)
    .join(', ');
}

function trustWords({
  version,
  environment,
  legalEntity,
  at,
  previous,
  threshold,
  roots,
  people,
}: Trust): readonly string[] {
  return [
    `Trust version ${version}, for ${environment}, of ${legalEntity}, dated ${instantText(at)}.`,
    previous === undefined ? 'It is the first version.' : `It follows the version with the hash ${previous}.`,
    `The next version is signed by ${threshold} of the roots ${roots.join(', ')}.`,
    ...people.map(
      ({ id, key, roles, from, to }) =>
        `${id} may sign as ${roles.join(', ')}, ${termText({ from, to })}, with ${key}.`,
    ),
    ...(people.length === 0 ? ['Nobody may sign anything yet.'] : []),
  ];
}

function releaseWords({ id, kill, edge, reason, ...term }: Release): readonly string[] {
  return [`Release ${id} of kill ${kill} at ${edge}, ${termText(term)}: ${reason}`];
}

function epochWords({ edge, epoch, from, reason, at, edgeKey }: EpochOpening): readonly string[] {
  return [
    `Epoch ${epoch} of edge ${edge}, proposed ${instantText(at)}: ${reason}`,
    `It goes on from entry ${from.seq} of epoch ${epoch - 1}, with the hash ${from.hash}.`,
    `What a machine of this name wrote after that entry is set aside, and orders that stand in it alone are found at the venue.`,
    edgeKey === undefined
      ? 'The edge keeps its key: do not sign this if a copy of the key may be in other hands.'
      : `From here on only ${edgeKey} signs for the edge.`,
  ];
}

function fileWords(file: DatedFile): readonly string[] {
  const { kind, sequence, environment, legalEntity, previous, reason, content, ...term } = file;
  return [
    `File ${kind} number ${sequence}, for ${environment}, of ${legalEntity}, ${termText(term)}: ${reason}`,
    `It has ${content.bytes} bytes and the SHA-256 ${content.hash}: compare the file that you were shown.`,
    previous === undefined ? 'It is the first of its kind.' : `It follows the document with the hash ${previous}.`,
  ];
}

function overrideWords(override: Override): readonly string[] {
  const {
    id,
    edge,
    environment,
    legalEntity,
    account,
    trader,
    algorithm,
    instrument,
    venue,
    side,
    type,
    quantity,
    limitPrice,
  } = override;
  const price = limitPrice === undefined ? `at ${type}` : `with ${type} ${toText(limitPrice)}`;
  return [
    `Override ticket ${id} at ${edge}, for ${environment}, of ${legalEntity}, ${termText(override)}.`,
    `It lets one order pass: ${side} ${toText(quantity)} ${instrument} on ${venue}, ${price},`,
    `for account ${account}, by trader ${trader} with algorithm ${algorithm},`,
    `although it is refused by ${override.controls.map(({ control, scope }) => `${control} for ${scope}`).join(', ')}.`,
    `Reason: ${override.reason}`,
  ];
}

function termText({ from, to }: { readonly from: Instant; readonly to?: Instant | undefined }): string {
  return to === undefined ? `from ${instantText(from)} on` : `from ${instantText(from)} to ${instantText(to)}`;
}
