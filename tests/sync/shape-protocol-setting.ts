import { afterAll, beforeAll, expect } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../fixtures/postgres.ts';
import { openShapeStage, type ShapeStage } from '../fixtures/shape-stage.ts';

/** How long a live request waits in these tests. Units: milliseconds. */
export const LONG_POLL_MS = 1_000;

/** An answer that was read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Message[];
}

/** One message of the protocol. */
export interface Message {
  readonly key?: string;
  readonly value?: Record<string, string | null>;
  readonly old_value?: Record<string, string | null>;
  readonly headers: Record<string, unknown>;
}

/** A general server with a secret, small chunks and short waits, and hands to ask it with. Registers its own beginning and end. */
export function protocolSetting() {
  let server: TestServer;
  let test1: TestDatabase;
  let stage: ShapeStage;
  let tables = 0;

  beforeAll(async () => {
    server = await startTestServer();
    test1 = await server.database();
    stage = await openShapeStage(test1, {
      general: { secret: 'right', allowDelete: true },
      limits: {
        longPollMs: LONG_POLL_MS,
        chunkBytes: 2_000,
        tableCheckMs: 100,
        eventStreamMs: 1_500,
        keepAliveMs: 200,
      },
    });
  });

  afterAll(async () => {
    await stage.close();
    await server.stop();
  });

  async function table(columns: string): Promise<string> {
    tables += 1;
    const name = `t${tables}`;
    await test1.database.unsafe(`CREATE TABLE ${name} (${columns})`);
    return name;
  }

  function run(sql: string): Promise<unknown> {
    return test1.database.unsafe(sql);
  }

  function ask(query: Record<string, string>, init: RequestInit = {}): Promise<Response> {
    const url = new URL(`${stage.url}/v1/shape`);
    for (const [name, value] of Object.entries({ secret: 'right', ...query })) url.searchParams.set(name, value);
    return fetch(url, init);
  }

  async function read(query: Record<string, string>): Promise<Answer> {
    const answer = await ask(query);
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Message[] };
  }

  /** Reads from the start until the end of the log, and gives what a next request is asked with. */
  async function follow(query: Record<string, string>) {
    let offset = '-1';
    let handle = '';
    const messages: Message[] = [];
    const answers: Answer[] = [];
    for (let count = 0; count < 100; count += 1) {
      const answer = await read({ ...query, offset, ...(handle === '' ? {} : { handle }) });
      expect(answer.status).toBe(200);
      offset = answer.headers.get('electric-offset') ?? '';
      handle = answer.headers.get('electric-handle') ?? '';
      messages.push(...answer.body);
      answers.push(answer);
      if (answer.headers.has('electric-up-to-date')) return { offset, handle, messages, answers };
    }
    throw new Error('the log has no end');
  }

  /** Waits for the changes after a place, over as many live answers as they take. */
  async function changesAfter(query: Record<string, string>, count: number): Promise<Message[]> {
    let { offset = '' } = query;
    const found: Message[] = [];
    while (found.length < count) {
      const answer = await read({ ...query, offset, live: 'true' });
      expect(answer.status).toBe(200);
      offset = answer.headers.get('electric-offset') ?? '';
      found.push(...answer.body.filter(({ key }) => key !== undefined));
    }
    return found;
  }

  return {
    table,
    run,
    ask,
    read,
    follow,
    changesAfter,
    url: () => stage.url,
    database: () => test1.database,
  };
}
