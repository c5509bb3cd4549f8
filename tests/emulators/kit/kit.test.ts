import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { message, type RequestFault, request } from './faults.ts';
import type { SocketLine } from './socket-line.ts';
import { createVenueClock } from './venue-clock.ts';
import { createWireLog } from './wire-log.ts';
import { startWireServer, type WireServer } from './wire-server.ts';

interface Counter {
  readonly server: WireServer;
  done(): number;
}

let running: WireServer | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

/** A venue that counts what it was made to do, and answers with the count. */
async function counter(): Promise<Counter> {
  let done = 0;
  const server = await startWireServer(() => ({
    handle() {
      done += 1;
      return { status: 200, body: JSON.stringify({ done }) };
    },
    connect: (line: SocketLine) =>
      line.url === '/nowhere'
        ? undefined
        : {
            message(text) {
              line.exchange({
                path: 'count',
                parameters: new Map(),
                text,
                handle() {
                  done += 1;
                  return `counted ${done}`;
                },
                instead: ({ status }) => `error ${status}`,
              });
            },
            closed() {},
          },
  }));
  running = server;
  return { server, done: () => done };
}

type Outcome = { readonly status: number; readonly body: string } | { readonly broken: string };

function post(port: number, timeoutMs = 300): Promise<Outcome> {
  return new Promise((resolve) => {
    const sent = httpRequest(
      { port, host: '127.0.0.1', method: 'POST', path: '/order?a=1', agent: false },
      (answer) => {
        let body = '';
        answer.on('data', (part: Buffer) => {
          body += part.toString();
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
        answer.on('error', (error: Error) => resolve({ broken: `${error.message} after ${body}` }));
      },
    );
    sent.on('error', (error: Error) => resolve({ broken: error.message }));
    sent.setTimeout(timeoutMs, () => {
      sent.destroy(new Error('timeout'));
    });
    sent.end('b=2');
  });
}

describe('requests', () => {
  test.each<[string, RequestFault, number, unknown]>([
    ['is lost', { kind: 'lose-request', how: 'reset' }, 0, { broken: expect.stringContaining('socket hang up') }],
    ['is swallowed', { kind: 'lose-request', how: 'silence' }, 0, { broken: 'timeout' }],
    ['is answered late', { kind: 'delay-answer', ms: 40 }, 1, { status: 200, body: '{"done":1}' }],
    ['arrives late', { kind: 'delay-request', ms: 40 }, 1, { status: 200, body: '{"done":1}' }],
    ['is done twice', { kind: 'repeat-request' }, 2, { status: 200, body: '{"done":1}' }],
    ['loses its answer', { kind: 'drop-answer', how: 'reset' }, 1, { broken: expect.stringContaining('hang up') }],
    ['is never answered', { kind: 'drop-answer', how: 'silence' }, 1, { broken: 'timeout' }],
    ['is refused', { kind: 'error-before', answer: { status: 503, body: 'x' } }, 0, { status: 503, body: 'x' }],
    ['fails when done', { kind: 'error-after', answer: { status: 504 } }, 1, { status: 504, body: '' }],
    ['is answered by half', { kind: 'partial-answer' }, 1, { broken: 'aborted after {"don' }],
  ])('a request that %s is done as often as the fault says, and only once struck', async (_, fault, times, outcome) => {
    const { server, done } = await counter();
    const armed = server.faults.onRequest(fault, { match: request('POST', '/order', { a: '1', b: '2' }) });
    expect(await post(server.port)).toEqual(outcome);
    expect(done()).toBe(times);
    expect(armed.hits()).toBe(1);
    expect(await post(server.port)).toEqual({ status: 200, body: `{"done":${times + 1}}` });
    expect(server.log.requests('POST', '/order').map(({ fault: name }) => name)).toEqual([fault.kind, undefined]);
  });

  test('a request that is under way arrives even when its client has given up', async () => {
    const { server, done } = await counter();
    server.faults.onRequest({ kind: 'delay-request', ms: 120 });
    expect(await post(server.port, 40)).toEqual({ broken: 'timeout' });
    expect(done()).toBe(0);
    await expect.poll(done).toBe(1);
  });

  test('a fault strikes after what it skips, as often as it is armed for, unless it is taken back', async () => {
    const { server } = await counter();
    const twice = { match: request('POST', '/order'), skip: 1, times: 2 };
    server.faults.onRequest({ kind: 'error-before', answer: { status: 500 } }, twice);
    server.faults
      .onRequest({ kind: 'error-before', answer: { status: 501 } }, { match: request('GET', '/order') })
      .disarm();
    const statuses: unknown[] = [];
    for (let index = 0; index < 4; index += 1) statuses.push(await post(server.port));
    expect(statuses).toMatchObject([{ status: 200 }, { status: 500 }, { status: 500 }, { status: 200 }]);
  });

  test('a pulled plug refuses and breaks, and the venue comes back at its port', async () => {
    const { server } = await counter();
    const socket = await connect(server);
    const closed = once(socket, 'close');
    await server.unplug();
    await closed;
    expect(await post(server.port)).toEqual({ broken: expect.stringContaining('ECONNREFUSED') });
    await server.plug();
    expect(await post(server.port)).toMatchObject({ status: 200 });
  });
});

async function connect(server: WireServer, path = '/ws'): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`);
  await once(socket, 'open');
  await expect.poll(() => server.lines().length + (path === '/nowhere' ? 1 : 0)).toBeGreaterThan(0);
  return socket;
}

describe('messages', () => {
  async function hearing(arm: (server: WireServer) => void, texts: readonly string[]) {
    const { server } = await counter();
    const socket = await connect(server);
    const heard: string[] = [];
    socket.on('message', (data) => heard.push(data.toString()));
    socket.on('error', () => heard.push('error'));
    socket.on('close', (code) => heard.push(`close ${code}`));
    arm(server);
    const line = server.lines()[0];
    for (const text of texts) line?.send('stream', text);
    return { server, socket, heard, line };
  }

  const one = { match: message('2') };

  test.each([
    ['dropped', { kind: 'drop' }, ['1', '3', '4']],
    ['duplicated', { kind: 'duplicate' }, ['1', '2', '2', '3', '4']],
    ['out of order', { kind: 'reorder', behind: 2 }, ['1', '3', '4', '2']],
    ['late, and all behind it', { kind: 'delay', ms: 50 }, ['1', '2', '3', '4']],
    ['cut in its middle', { kind: 'cut' }, ['1', 'close 1006']],
    ['replaced by a disconnect', { kind: 'disconnect' }, ['1', 'close 1006']],
    ['the last before silence', { kind: 'mute' }, ['1']],
  ] as const)('a message is %s', async (_, fault, expected) => {
    const { heard } = await hearing((server) => server.faults.onMessage(fault, one), ['1', '2', '3', '4']);
    await expect.poll(() => heard).toEqual(expected);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard).toEqual(expected);
  });

  test('a muted connection answers no ping and no request, and stays open', async () => {
    const { socket, heard } = await hearing((server) => server.faults.onMessage({ kind: 'mute' }), ['1']);
    let pongs = 0;
    socket.on('pong', () => {
      pongs += 1;
    });
    socket.ping();
    socket.send('count');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect({ pongs, heard, state: socket.readyState }).toEqual({ pongs: 0, heard: [], state: WebSocket.OPEN });
  });

  test('a request in a socket meets the same faults as one over HTTP', async () => {
    const { server, socket, heard } = await hearing(() => {}, []);
    server.faults.onRequest({ kind: 'error-before', answer: { status: 429 } }, { match: request('WS', 'count') });
    server.faults.onRequest({ kind: 'drop-answer', how: 'silence' }, { match: request('WS', 'count') });
    for (let index = 0; index < 3; index += 1) socket.send('count');
    await expect.poll(() => heard).toEqual(['error 429', 'counted 2']);
    server.faults.onRequest({ kind: 'partial-answer' });
    socket.send('count');
    await expect.poll(() => heard.at(-1)).toBe('close 1006');
    expect(server.log.requests('WS', 'count')).toHaveLength(4);
  });

  test('a path at which nothing is served closes the connection', async () => {
    const { server } = await counter();
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/nowhere`);
    const [code] = await once(socket, 'close');
    expect(code).toBe(1008);
  });
});

test('the log forgets the oldest and says how many', () => {
  const log = createWireLog(10);
  for (let index = 0; index < 25; index += 1) {
    log.add({ direction: 'out', connection: 1, method: 'MESSAGE', path: 's', text: `${index}` });
  }
  const kept = log.entries();
  expect(kept.length).toBeLessThanOrEqual(10);
  expect(kept.length + log.forgotten()).toBe(25);
  expect(kept.at(-1)).toMatchObject({ seq: 25, text: '24' });
});

test('a venue clock follows the wall clock or the hand, and a shift comes on top of both', () => {
  const clock = createVenueClock({ startMs: 1_000 });
  clock.shift(-30);
  expect(clock.now()).toBe(970);
  clock.drive(2_000);
  clock.shift(0);
  expect(clock.now()).toBe(2_000);
  expect(Math.abs(clock.server() - Date.now())).toBeLessThan(1_000);
  expect(createVenueClock({ startMs: 1_000, server: 'market' }).server()).toBe(1_000);
  clock.release();
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000);
});
