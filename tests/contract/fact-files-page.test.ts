import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFactsFolder } from '@gatehouse/edge/facts/facts-folder.ts';
import { factsSchemas } from '@gatehouse/shared/schema/facts/index.ts';
import { expect, onTestFinished, test } from 'vitest';

// The page that tells people how to write dated files, held against the code that reads them.

const page = readFileSync(fileURLToPath(new URL('../../docs/fact-files.md', import.meta.url)), 'utf8');
const examples = new Map(
  [...page.matchAll(/^### (\S+)\n[\s\S]*?```json\n([\s\S]*?)```/gm)].map(([, kind = '', text = '']) => [kind, text]),
);

test('each kind of dated file has an example on its page, and no other kind is told of', () => {
  expect([...examples.keys()].toSorted()).toEqual(Object.keys(factsSchemas).toSorted());
});

test.each([...examples])('an edge takes the example of %s as it stands on the page', (kind, text) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-facts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, `${kind}.json`), text);
  const { files, problems } = readFactsFolder(folder);
  expect(problems).toEqual([]);
  expect(files.map(({ document }) => document.kind)).toEqual([kind]);
});
