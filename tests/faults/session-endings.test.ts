import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/firm.ts';
import { openOverTheWire } from '../fixtures/paper-session.ts';

// What is left of a session over the wire whose end was not the one it wanted.

const MS_MAX = 120_000;
const FIRST = { openMs: 1_500_000_000_000, open: '4600', high: '4610', low: '4590', close: '4600', volume: '100' };

test(
  'an edge that fails while its exchange is connected ends, so that whoever watches it can start it again',
  async () => {
    const data = temporaryFolder('session-endings');
    // Commands cannot be listened for, which is found only after the venue was opened.
    mkdirSync(join(data, 'edge.sock'), { recursive: true });
    await expect(openOverTheWire(data, FIRST)).rejects.toThrow(/^the edge ended with \d+: (.*\n)*.*edge\.sock/);
  },
  MS_MAX,
);
