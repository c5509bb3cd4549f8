import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { BODY_CHUNK_BYTES_MAX, BODY_PATH, BODY_SIZE_HEADER } from '@gatehouse/shared/schema/control.ts';
import { afterEach, expect, test } from 'vitest';
import {
  BODY_WITHHELD_MS_MAX,
  type BodyFetcher,
  BYTES_PER_SECOND_MIN,
  createBodyFetcher,
  PIECE_BYTES_MIN,
} from './body-fetcher.ts';

const TEXT = 'é'.repeat(BODY_CHUNK_BYTES_MAX);
const BYTES = Buffer.from(TEXT, 'utf8');
const HASH = sha256(TEXT).toString('hex');
const WANTED = { hash: HASH, bytesMax: BYTES.length };
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

type Answer = (from: number, response: ServerResponse, request: IncomingMessage) => void;

/** A hub's door that answers as it is told to. */
async function open(answer: Answer) {
  const asked: number[] = [];
  const server = createServer((request, response) => {
    const from = Number(new URL(request.url ?? '', 'http://x').searchParams.get('from'));
    expect(request.url).toBe(`${BODY_PATH}${HASH}?from=${from}`);
    asked.push(from);
    answer(from, response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const codes: string[] = [];
  const clock = { ms: 0 };
  const fetcher = createBodyFetcher({
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fetch,
    monotonicMs: () => clock.ms,
    onWhole: () => {},
    onAlarm: ({ code }) => codes.push(code),
    log: () => {},
  });
  closers.push(() => {
    fetcher.stop();
    server.closeAllConnections();
    server.close();
  });
  return { fetcher, asked, codes, clock };
}

const give = (from: number, response: ServerResponse, bytes = BYTES): void => {
  response.setHeader(BODY_SIZE_HEADER, bytes.length);
  response.end(bytes.subarray(from, from + BODY_CHUNK_BYTES_MAX));
};

const untilWhole = (fetcher: BodyFetcher) => expect.poll(() => fetcher.take(WANTED) !== undefined, { timeout: 20_000 });

test('a text comes in pieces, goes on after a cut from where it was, and counts once it is whole', async () => {
  let isCut = true;
  const { fetcher, asked, codes } = await open((from, response, request) => {
    if (from === 0 || !isCut) return give(from, response);
    isCut = false;
    request.socket.destroy();
  });
  expect(fetcher.take(WANTED)).toBeUndefined();
  await untilWhole(fetcher).toBe(true);
  expect(fetcher.take(WANTED)).toBe(TEXT);
  expect(asked).toEqual([0, BODY_CHUNK_BYTES_MAX, BODY_CHUNK_BYTES_MAX]);
  expect(codes).toEqual([]);
  fetcher.forget(HASH);
  expect(fetcher.take(WANTED)).toBeUndefined();
});

test('bytes of another hash never count; a person is told, and it is asked for again after a while', async () => {
  let isWrong = true;
  const wrong = Buffer.from(BYTES).fill(0, 5, 6);
  const { fetcher, asked, codes, clock } = await open((from, response) =>
    give(from, response, isWrong ? wrong : BYTES),
  );
  await expect.poll(() => [fetcher.take(WANTED), codes.length]).toEqual([undefined, 1]);
  expect(codes).toEqual(['CONTROL_BODY_WRONG']);
  const count = asked.length;
  isWrong = false;
  expect(fetcher.take(WANTED)).toBeUndefined();
  expect(asked).toHaveLength(count);
  clock.ms = 60_000;
  await untilWhole(fetcher).toBe(true);
});

test.each([
  [
    'a whole that is longer than was signed',
    (response: ServerResponse) => give(0, response, Buffer.concat([BYTES, BYTES])),
  ],
  [
    'a piece that is too long',
    (response: ServerResponse) => {
      response.setHeader(BODY_SIZE_HEADER, BYTES.length);
      response.end(BYTES);
    },
  ],
  [
    'a piece of one byte less than the least',
    (response: ServerResponse) => {
      response.setHeader(BODY_SIZE_HEADER, BYTES.length);
      response.end(BYTES.subarray(0, PIECE_BYTES_MIN - 1));
    },
  ],
  ['an empty piece', (response: ServerResponse) => void response.setHeader(BODY_SIZE_HEADER, BYTES.length).end()],
  ['no length', (response: ServerResponse) => void response.end(BYTES.subarray(0, 10))],
  ['a refusal', (response: ServerResponse) => void response.writeHead(404).end()],
])('%s is never taken, and after a while it counts as kept back', async (_, answer) => {
  const { fetcher, asked, codes, clock } = await open((_from, response) => answer(response));
  await expect
    .poll(() => {
      fetcher.take(WANTED);
      return asked.length;
    })
    .toBeGreaterThan(2);
  expect(new Set(asked)).toEqual(new Set([0]));
  expect(codes).toEqual([]);
  clock.ms = BODY_WITHHELD_MS_MAX;
  expect([fetcher.take(WANTED), fetcher.take(WANTED)]).toEqual([undefined, undefined]);
  expect(codes).toEqual(['CONTROL_WITHHELD']);
});

test('pieces of the least length are taken, and a text whose length changes on the way is not', async () => {
  const short = await open((from, response) => {
    response.setHeader(BODY_SIZE_HEADER, BYTES.length);
    response.end(BYTES.subarray(from, from + PIECE_BYTES_MIN));
  });
  short.fetcher.take(WANTED);
  await untilWhole(short.fetcher).toBe(true);
  expect(short.asked).toHaveLength(Math.ceil(BYTES.length / PIECE_BYTES_MIN));

  const changing = await open((from, response) => {
    response.setHeader(BODY_SIZE_HEADER, BYTES.length - from / BODY_CHUNK_BYTES_MAX);
    response.end(BYTES.subarray(from, from + BODY_CHUNK_BYTES_MAX));
  });
  await expect
    .poll(() => {
      changing.fetcher.take(WANTED);
      return changing.asked.length;
    })
    .toBeGreaterThan(3);
  expect(new Set(changing.asked)).toEqual(new Set([0, BODY_CHUNK_BYTES_MAX]));
});

test.each([
  [0.9, ['CONTROL_WITHHELD']],
  [1.1, []],
])('a text that comes with %d times the least speed raises %j, and comes whole', async (speed, expected) => {
  let tick = (): void => {};
  const line = await open((from, response) => {
    tick();
    response.setHeader(BODY_SIZE_HEADER, BYTES.length);
    response.end(BYTES.subarray(from, from + PIECE_BYTES_MIN));
  });
  tick = () => {
    // The first pieces are slower than the rest may be, as the grace of one piece permits.
    line.clock.ms += (PIECE_BYTES_MIN / BYTES_PER_SECOND_MIN / speed) * 1_000 + (line.asked.length === 1 ? 20_000 : 0);
  };
  line.fetcher.take(WANTED);
  await untilWhole(line.fetcher).toBe(true);
  expect(line.codes).toEqual(expected);
});
