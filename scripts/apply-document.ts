import { join } from 'node:path';
import type { GovernedKind } from '@gatehouse/edge/governance/governance.ts';
import { governanceFolders, makePrivateFolder, readDocument } from '@gatehouse/edge/governance/governance-folders.ts';
import { writeDurably } from '@gatehouse/edge/journal/durable-file.ts';
import { askEdge } from '@gatehouse/edge/sync/local-socket.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { readClaimed, signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { visible } from '@gatehouse/shared/governance/document-words.ts';
import { OVERRIDE_TYPE, TRUST_TYPE } from '@gatehouse/shared/schema/governance.ts';
import { SHEET_TYPE } from '@gatehouse/shared/schema/sheet.ts';
import { readScriptConfig } from './config.ts';
import { claimDataFolder } from './data-folder.ts';
import { namedEdgeFolder } from './edge-data.ts';

const TYPES: Readonly<Record<GovernedKind, string>> = {
  limits: SHEET_TYPE,
  trust: TRUST_TYPE,
  override: OVERRIDE_TYPE,
};
const COMMANDS = { limits: 'limits-apply', trust: 'trust-apply', override: 'override-apply' } as const;
const HASH_DIGITS = 12;

/**
 * Hands a signed document to the running edge, or leaves it in the inbox for its next start.
 *
 * Shape:  without `edge` it is the edge of a single machine.
 * Errors: `COMMAND_INVALID` for a document of another type, or with every problem for which the edge refused it.
 */
export async function applyDocument(kind: GovernedKind, path: string, edge?: string): Promise<number> {
  const document = readDocument(path);
  const { type } = readClaimed(document);
  if (type !== TYPES[kind]) {
    throw new KitError('COMMAND_INVALID', `${path} is of type ${visible(type)}, not ${TYPES[kind]}`, {
      hint: 'Name the file of the signed document.',
    });
  }
  const { data } = readScriptConfig();
  const root = namedEdgeFolder(data, edge);
  try {
    const answer = await askEdge(root, { command: COMMANDS[kind], document });
    process.stdout.write(`${saidBy(answer)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof KitError) || error.code !== 'PROCESS_UNREACHABLE') throw error;
  }
  claimDataFolder(data);
  const { inbox } = governanceFolders(root);
  makePrivateFolder(inbox);
  await writeDurably(join(inbox, `${kind}-${signedTextHash(document).slice(0, HASH_DIGITS)}.note`), document);
  process.stdout.write(`No edge is running; the document waits in ${inbox} and is judged at the next start.\n`);
  return 0;
}

function saidBy(answer: unknown): string {
  const said = typeof answer === 'object' && answer !== null && 'says' in answer ? answer.says : undefined;
  return typeof said === 'string' ? visible(said) : 'The edge took it.';
}
