import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { writeDurably } from '../store/postgres/durable-file.ts';
import { keepPort, openOnKeptPorts } from './kept-port.ts';
import { listenOn } from './listen-on.ts';
import type { ShapeCaller } from './shapes/named-shapes.ts';

/** The way of edges on this computer to their shapes, without a certificate. */
export interface LocalDoor {
  /** Shape: `http://127.0.0.1:port`. */
  readonly address: string;
  /** The file whose content an edge shows, by the edge's name; only the user of this process may read it. */
  readonly tokenFiles: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** What the door needs. Shape: `isEnrolled` tells names that need their certificate everywhere. */
export interface LocalDoorDeps {
  readonly folder: string;
  readonly edges: readonly string[];
  readonly shapes: (request: Request, caller: ShapeCaller) => Promise<Response>;
  readonly isEnrolled: (edge: string) => boolean;
  readonly log: (line: string) => void;
}

const HOST = '127.0.0.1';
const PORT_FILE = 'local-door.port';
const TOKEN_BYTES = 32;
const TOKEN = /^[0-9a-f]{64}$/;
const SHOWN = /^Bearer ([0-9a-f]{64})$/;
const CONNECTIONS_MAX = 256;
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Opens the door.
 *
 * Shape:  whoever can read the file of an edge is on this computer and may read what lies beside it anyway; what comes through is signed.
 * Errors: `BROKER_UNREACHABLE` where no port can be opened.
 */
export async function openLocalDoor(deps: LocalDoorDeps): Promise<LocalDoor> {
  const { folder, edges, shapes, isEnrolled, log } = deps;
  const tokens = new Map<string, string>();
  const tokenFiles = new Map<string, string>();
  for (const edge of edges) {
    const file = join(folder, 'local-edges', `${edge}.token`);
    tokens.set(edge, await keptToken(join(folder, 'local-edges'), file));
    tokenFiles.set(edge, file);
  }
  const answer = async (request: Request): Promise<Response> => {
    const edge = whoShows(request.headers.get('authorization') ?? '', tokens);
    if (edge === undefined) return refused(401, 'show the token of this edge');
    if (isEnrolled(edge)) return refused(403, `edge ${edge} was enrolled: it comes by its certificate`);
    return shapes(request, { kind: 'edge', edge });
  };
  const listener = getRequestListener(answer, { overrideGlobalObjects: false });
  const server = createServer({ noDelay: true }, (request, response) => void listener(request, response));
  server.maxConnections = CONNECTIONS_MAX;
  const place = { wanted: undefined, file: join(folder, PORT_FILE) };
  const open = ([port = 0]: readonly number[]) => listenOn(server, { host: HOST, port, variable: PORT_FILE });
  const address = `http://${HOST}:${await openOnKeptPorts([place], open, log)}`;
  await keepPort(place.file, address);
  return {
    address,
    tokenFiles,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function keptToken(folder: string, file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (TOKEN.test(kept.trim())) return kept.trim();
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  await chmod(folder, FOLDER_MODE);
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  await writeDurably(file, `${token}\n`, FILE_MODE);
  return token;
}

/** Compares with every token, in a time that tells nothing about any. */
function whoShows(header: string, tokens: ReadonlyMap<string, string>): string | undefined {
  const shown = digest(SHOWN.exec(header)?.[1] ?? '');
  let found: string | undefined;
  for (const [edge, token] of tokens) if (timingSafeEqual(digest(token), shown)) found = edge;
  return found;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function refused(status: number, message: string): Response {
  return Response.json({ message }, { status, headers: { 'cache-control': 'no-store' } });
}
