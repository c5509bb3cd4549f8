import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { type JsonValue, sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { KillLevel } from '@gatehouse/shared/schema/bodies.ts';
import { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Identifier, Sentence } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { RECONCILE_REQUESTS } from '../reconcile/reconcile-requests.ts';

/** The longest signed document that can be handed over. Units: UTF-16 code units. */
const DOCUMENT_LENGTH_MAX = 500_000;

/** A signed document, exactly as it was signed. */
const SignedDocument = z.string().min(1).max(DOCUMENT_LENGTH_MAX);

/** What can be asked of a running edge. Shape: one JSON object on a line, answered by one on a line. */
export const EdgeRequest = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('status') }),
  z.strictObject({ command: z.literal('stop') }),
  z.strictObject({
    command: z.literal('kill'),
    /** The same kill may come by a file as well, and is known by its id. */
    id: Identifier,
    scopes: z.array(ScopeText).min(1).max(8),
    level: KillLevel,
    by: Identifier,
    reason: Sentence,
  }),
  z.strictObject({ command: z.literal('kill-status') }),
  z.strictObject({ command: z.literal('release-apply'), document: SignedDocument }),
  z.strictObject({ command: z.literal('limits-apply'), document: SignedDocument }),
  z.strictObject({ command: z.literal('override-apply'), document: SignedDocument }),
  z.strictObject({ command: z.literal('trust-apply'), document: SignedDocument }),
  ...RECONCILE_REQUESTS,
]);

/** A request as a trusted value. */
export type EdgeRequest = z.output<typeof EdgeRequest>;

/** A request as whoever asks writes it. */
export type EdgeQuestion = z.input<typeof EdgeRequest>;

/** The answer to a request. */
type EdgeAnswer =
  | { readonly ok: true; readonly result: JsonValue }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly problems?: readonly string[] };

/** Where a running edge listens. */
export interface LocalSocket {
  readonly path: string;
  close(): Promise<void>;
}

/** A socket's path has room for so many bytes on every system. */
export const SOCKET_PATH_BYTES_MAX = 100;

const SOCKET_NAME = 'edge.sock';
const POINTER_NAME = 'edge.sock.path';
/** A document in JSON takes more room than by itself: each line break and each quotation mark is two characters. */
const LINE_LENGTH_MAX = 2 * DOCUMENT_LENGTH_MAX;
const ANSWER_MS_MAX = 5_000;
/** One that says nothing for so long makes room for others. Units: milliseconds. */
const IDLE_MS_MAX = 60_000;
const CONNECTIONS_MAX = 16;

/**
 * Listens for commands of this computer's user.
 *
 * Shape: a Unix socket that only the owner may use, or a named pipe. Errors: `FOLDER_UNUSABLE` where it cannot be made.
 */
export async function listenLocally(
  folder: string,
  handle: (request: EdgeRequest) => Promise<JsonValue>,
): Promise<LocalSocket> {
  const path = socketPath(folder);
  if (process.platform !== 'win32') rmSync(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    serve(socket, handle);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await startListening(server, path);
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  writeFileSync(join(folder, POINTER_NAME), `${path}\n`, { mode: 0o600 });
  return { path, close: () => closeServer(server, { path, folder, open }) };
}

/**
 * Asks a running edge by the folder that holds its data.
 *
 * Units: `msMax` is how long an answer is waited for. Errors: `PROCESS_UNREACHABLE`; `COMMAND_INVALID` with every problem.
 */
export async function askEdge(folder: string, question: EdgeQuestion, msMax = ANSWER_MS_MAX): Promise<JsonValue> {
  const pointer = join(folder, POINTER_NAME);
  const path = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : socketPath(folder);
  const answer = await exchange(path, `${JSON.stringify(question)}\n`, msMax);
  if (answer.ok) return answer.result;
  throw new KitError('COMMAND_INVALID', `the edge refused ${question.command}: ${answer.message}`, {
    problems: answer.problems ?? [],
  });
}

/** The path of the socket: in the folder, or a short one among the temporary files where that would be too long. */
export function socketPath(folder: string): string {
  const short = sha256(folder).toString('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\gatehouse-${short}`;
  const path = join(folder, SOCKET_NAME);
  if (Buffer.byteLength(path, 'utf8') <= SOCKET_PATH_BYTES_MAX) return path;
  const own = join(tmpdir(), `gatehouse-${process.getuid?.() ?? 0}`);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  return join(own, `${short}.sock`);
}

function serve(socket: Socket, handle: (request: EdgeRequest) => Promise<JsonValue>): void {
  socket.on('error', () => socket.destroy());
  socket.setTimeout(IDLE_MS_MAX, () => socket.destroy());
  let length = 0;
  socket.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > LINE_LENGTH_MAX) socket.destroy();
  });
  const lines = createInterface({ input: socket });
  // It passes the socket's errors on, and one that nobody hears ends the process: whoever asks may die with the answer unread.
  lines.on('error', () => socket.destroy());
  lines.on('line', (line) => {
    length = 0;
    void answerTo(line, handle).then((answer) => socket.write(`${JSON.stringify(answer)}\n`));
  });
}

async function answerTo(line: string, handle: (request: EdgeRequest) => Promise<JsonValue>): Promise<EdgeAnswer> {
  try {
    const request = decode(EdgeRequest, parseLine(line), 'the command');
    return { ok: true, result: await handle(request) };
  } catch (error) {
    const code = error instanceof KitError ? error.code : 'INVARIANT_BROKEN';
    const problems = error instanceof KitError ? error.problems : [];
    return { ok: false, code, message: describeError(error), problems };
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new KitError('COMMAND_INVALID', 'a command that is not JSON', { cause });
  }
}

function startListening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new KitError('FOLDER_UNUSABLE', `no command socket at ${path}: ${describeError(cause)}`, {
          hint: 'Choose a data folder on a local disk that you may write to.',
          cause,
        }),
      );
    });
    server.listen(path, resolve);
  });
}

function closeServer(
  server: Server,
  { path, folder, open }: { readonly path: string; readonly folder: string; readonly open: ReadonlySet<Socket> },
): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      rmSync(join(folder, POINTER_NAME), { force: true });
      if (process.platform !== 'win32') rmSync(path, { force: true });
      resolve();
    });
    // The server waits for them, and whoever stays connected would keep the edge from ending. An answer under way still goes out.
    for (const socket of open) socket.destroySoon();
  });
}

function exchange(path: string, line: string, msMax: number): Promise<EdgeAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      socket.destroy();
      reject(
        new KitError('PROCESS_UNREACHABLE', `no running edge answers at ${path}: ${describeError(cause)}`, {
          hint: 'Check that the edge runs with this data folder.',
          cause,
        }),
      );
    };
    const socket = createConnection(path, () => socket.write(line));
    socket.setTimeout(msMax, () => fail(new Error(`no answer within ${msMax} ms`)));
    socket.once('error', fail);
    // An edge that dies with the question closes without a word.
    socket.once('close', () => fail(new Error('it closed the connection without an answer')));
    createInterface({ input: socket })
      .once('line', (answer) => {
        socket.end();
        resolve(JSON.parse(answer));
      })
      .on('error', fail);
  });
}
