import { describeError } from '@gatehouse/shared/errors.ts';
import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import { BODY_CHUNK_BYTES_MAX, BODY_PATH, BODY_SIZE_HEADER } from '@gatehouse/shared/schema/control.ts';
import { HUB_FILE_BYTES_MAX } from '@gatehouse/shared/schema/dated-file.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { HashText } from '@gatehouse/shared/schema/fields.ts';
import { Trust } from '@gatehouse/shared/schema/governance.ts';
import { newestTrust } from '../../store/control-rows.ts';
import type { Database } from '../../store/database.ts';
import { bodyPiece, type FileLine } from '../../store/file-rows.ts';
import type { ShapeCaller } from './named-shapes.ts';

/** What answers requests that a door has let in. */
export type Answering = (request: Request, caller?: ShapeCaller) => Promise<Response>;

/** What bodies are served with. Shape: `shapes` answers everything else. */
export interface BodyDeps {
  readonly database: Database;
  readonly shapes: Answering;
  readonly log: (line: string) => void;
}

/**
 * Gives edges, beside their shapes, what is too long for a row: texts by their hashes, a piece for each request.
 *
 * Shape: an edge gets the texts of its own legal entity and environment, as the trust document says that it journalled last.
 */
export function serveBodies({ database, shapes, log }: BodyDeps): Answering {
  return async (request, caller) => {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.startsWith(BODY_PATH) || request.method !== 'GET') return shapes(request, caller);
    const hash = HashText.safeParse(pathname.slice(BODY_PATH.length)).data;
    const from = Number(searchParams.get('from') ?? '0');
    const isPlace = Number.isSafeInteger(from) && from >= 0 && from <= HUB_FILE_BYTES_MAX;
    if (caller?.kind !== 'edge' || hash === undefined || !isPlace) return answer(404);
    try {
      const line = await lineOf(database, caller.edge);
      const found = line && (await bodyPiece(database, line, { hash, from, bytesMax: BODY_CHUNK_BYTES_MAX }));
      if (found === undefined) return answer(404);
      return answer(200, found.piece, { [BODY_SIZE_HEADER]: `${found.size}` });
    } catch (error) {
      log(`a text was not given: ${describeError(error)}`);
      return answer(503);
    }
  };
}

async function lineOf(database: Database, edge: string): Promise<FileLine | undefined> {
  const newest = (await newestTrust(database)).find((one) => one.edge === edge);
  return newest && attempt([], () => decode(Trust, readClaimed(newest.document).value, 'the trust document'));
}

function answer(status: number, piece?: Buffer, headers: Readonly<Record<string, string>> = {}): Response {
  const body = piece === undefined ? null : new Uint8Array(piece);
  return new Response(body, {
    status,
    headers: { 'cache-control': 'no-store', 'content-type': 'application/octet-stream', ...headers },
  });
}
