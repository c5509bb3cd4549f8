import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Bucket } from './bucket.ts';
import { type Answer, answerTo } from './operations.ts';
import { type KnownKey, refusalOf, type WireRequest } from './signature.ts';

/** How the store misbehaves for the next requests of a method; each counts down to none. */
export interface S3Fault {
  readonly kind: 'busy' | 'internal-error' | 'cut-before' | 'cut-after' | 'silent' | 'half-answer';
  readonly method: string;
  readonly times: number;
}

/** A store that speaks the S3 protocol on a free port of this machine. */
export interface S3Emulator {
  readonly endpoint: string;
  readonly key: KnownKey;
  readonly bucket: Bucket;
  /** The name of the bucket that has object lock; `unlocked` is one that has none. */
  readonly name: string;
  /** Method and target of each request that came, with the store's answer. */
  readonly requests: readonly string[];
  fail(fault: S3Fault): void;
  /** Ends all faults. */
  mend(): void;
  /** Moves the store's clock. */
  skew(ms: number): void;
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 64 * 1_048_576;

/** Starts a store with one bucket that has object lock, `records`, and one that has none, `unlocked`. */
export async function startS3(): Promise<S3Emulator> {
  const key = {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    region: 'eu-test-1',
  };
  let skewMs = 0;
  const nowMs = (): number => Date.now() + skewMs;
  const buckets = new Map([
    ['records', new Bucket(true, nowMs)],
    ['unlocked', new Bucket(false, nowMs)],
  ]);
  const requests: string[] = [];
  const faults: { kind: S3Fault['kind']; method: string; left: number }[] = [];

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    const request: WireRequest = {
      method: incoming.method ?? '',
      target: incoming.url ?? '/',
      headers: incoming.headers,
      body,
    };
    const fault = faults.find(({ method, left }) => method === request.method && left > 0);
    if (fault !== undefined) fault.left -= 1;
    const say = (what: string): void => void requests.push(`${request.method} ${request.target} ${what}`);
    if (fault?.kind === 'silent') return say('silent');
    if (fault?.kind === 'cut-before') {
      say('cut');
      incoming.socket.destroy();
      return;
    }
    const busy = { busy: 'SlowDown', 'internal-error': 'InternalError' } as const;
    const early = fault?.kind === 'busy' || fault?.kind === 'internal-error' ? busy[fault.kind] : undefined;
    const answer = answerTo(request, { buckets, refusal: early ?? refusalOf(request, key, nowMs()) });
    say(`${answer.status}`);
    if (fault?.kind === 'cut-after') {
      incoming.socket.destroy();
      return;
    }
    send(outgoing, {
      answer,
      isHead: request.method === 'HEAD',
      isHalf: fault?.kind === 'half-answer',
      nowMs: nowMs(),
    });
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const bucket = buckets.get('records') ?? new Bucket(true, nowMs);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    key,
    bucket,
    name: 'records',
    requests,
    fail: ({ kind, method, times }) => void faults.push({ kind, method, left: times }),
    mend: () => {
      faults.length = 0;
    },
    skew: (ms) => {
      skewMs = ms;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) throw new Error('more than a test sends');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(
  outgoing: ServerResponse,
  sent: { readonly answer: Answer; readonly isHead: boolean; readonly isHalf: boolean; readonly nowMs: number },
): void {
  const { answer, isHead, isHalf, nowMs } = sent;
  const headers = { 'content-length': `${answer.body.length}`, date: new Date(nowMs).toUTCString(), ...answer.headers };
  outgoing.writeHead(answer.status, headers);
  if (isHalf) {
    outgoing.write(answer.body.subarray(0, answer.body.length >> 1), () => outgoing.destroy());
    return;
  }
  outgoing.end(isHead ? undefined : answer.body);
}
