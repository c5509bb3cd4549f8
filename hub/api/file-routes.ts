import { DATED_FILE_LENGTH_MAX, HUB_FILE_BYTES_MAX, HubFileKind } from '@gatehouse/shared/schema/dated-file.ts';
import { Count, HashText, Identifier, LeiText } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { publishFile } from '../control/objects/publish-file.ts';
import { bodyText, type DatedFileRow, listFiles } from '../store/file-rows.ts';
import { type ApiRoute, apiRoute, personOf } from './api-route.ts';
import { doneOr, missing } from './limit-answers.ts';

/** The text stands in JSON, where its quotes are escaped. */
const BODY_BYTES_MAX = 2 * HUB_FILE_BYTES_MAX;
const PAGE_ROWS = 100;

const FileSummary = z.strictObject({
  kind: HubFileKind,
  sequence: Count,
  legalEntity: LeiText,
  environment: z.enum(['paper', 'live']),
  document: HashText,
  content: HashText,
  reason: z.string(),
  signedBy: z.array(Identifier),
  isLoosening: z.boolean(),
  changes: z.array(z.string()),
  publishedBy: Identifier,
  at: z.string(),
});

/** Dated files that the hub gives to its edges. */
export const fileRoutes: readonly ApiRoute[] = [
  apiRoute({
    method: 'POST',
    path: '/files',
    needs: 'limits.check',
    needsStepUp: true,
    summary:
      'Publish a dated file by its document, which a maker and, where it loosens, a checker of limits have signed.',
    body: z.strictObject({
      document: z
        .string()
        .min(1)
        .max(DATED_FILE_LENGTH_MAX)
        .describe('What "gatehouse facts propose" wrote and people signed with "gatehouse sign".'),
      content: z.string().min(1).max(HUB_FILE_BYTES_MAX).describe('The exact text of the file.'),
    }),
    bodyBytesMax: BODY_BYTES_MAX,
    answer: FileSummary,
    async handle(request, { database, appendAct, clock }) {
      const { document: note, content } = request.body;
      const outcome = await publishFile({ database, appendAct, clock }, personOf(request), { note, content });
      return { json: summaryOf(doneOr(outcome)), status: 201 };
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/files',
    needs: 'limits.read',
    summary:
      'Every version of the dated files that the hub gives, newest first: who signed it, why, and what it changed.',
    query: z.strictObject({ kind: HubFileKind.optional() }),
    answer: z.strictObject({ files: z.array(FileSummary) }),
    async handle({ query }, { database }) {
      const rows = await listFiles(database, { kind: query.kind, limit: PAGE_ROWS });
      return { json: { files: rows.map(summaryOf) } };
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/files/:hash',
    needs: 'limits.read',
    summary: 'The exact text of a dated file or of its signed document, by its hash.',
    params: z.strictObject({ hash: HashText }),
    answer: 'text',
    async handle({ params }, { database }) {
      const text = await bodyText(database, params.hash);
      if (text === undefined) throw missing(`text ${params.hash}`);
      return { text, fileName: `${params.hash}.txt` };
    },
  }),
];

function summaryOf(row: DatedFileRow): z.input<typeof FileSummary> {
  const { sequence, legalEntity, environment, noteHash, contentHash, reason, signedBy, isLoosening, changes } = row;
  return {
    kind: HubFileKind.parse(row.kind),
    ...{ sequence, legalEntity, reason, isLoosening },
    environment: environment === 'live' ? 'live' : 'paper',
    document: noteHash,
    content: contentHash,
    signedBy: signedBy.split(' '),
    changes: changes === '' ? [] : changes.split('\n'),
    publishedBy: row.publishedBy,
    at: row.at,
  };
}
