import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keyClassOf } from '@gatehouse/compliance/retention/key-class.ts';
import { expect, test } from 'vitest';

// A record whose act has no key class never goes, so every act that the hub puts on record has one.

const hub = fileURLToPath(new URL('../../hub', import.meta.url));
const sources = readdirSync(hub, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.tsx?$/.test(file) && !file.includes('.test.') && !file.includes('node_modules'),
);

function namesIn(text: string): readonly string[] {
  const direct = [...text.matchAll(/action: ['`]([a-z][a-z-]*\.[a-z.-]*)/g)];
  const tables = [...text.matchAll(/const ACTIONS[^{]*\{([^}]*)\}/g)].flatMap(([, table = '']) => [
    ...table.matchAll(/: '([a-z][a-z.-]*)'/g),
  ]);
  return [...direct, ...tables].map(([, name = '']) => name);
}

test('every act that the hub puts on record lies under a key class with rules', () => {
  const names = new Set(sources.flatMap((file) => namesIn(readFileSync(join(hub, file), 'utf8'))));
  expect(names.size).toBeGreaterThan(40);
  expect([...names].filter((name) => keyClassOf('act', name) === 'unknown')).toEqual([]);
});
