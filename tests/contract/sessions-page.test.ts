import { readFileSync } from 'node:fs';
import { SessionFile } from '@gatehouse/edge/session/session-file.ts';
import { CONNECTORS } from '@gatehouse/edge/venues/index.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../docs/sessions.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => JSON.parse(text) as unknown);

test('the page about sessions has an example for each connector, and each can be read', () => {
  const sessions = examples.map((one) => decode(SessionFile, one, 'an example of the page'));
  expect(sessions.map(({ connector }) => connector).sort()).toEqual(CONNECTORS.map(({ id }) => id).sort());
  for (const { connector, settings } of sessions) {
    const found = CONNECTORS.find(({ id }) => id === connector);
    expect(found?.environmentOf?.(settings) ?? found?.environment).toBe('paper');
  }
});
