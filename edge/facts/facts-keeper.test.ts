import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesHash } from '@gatehouse/compliance/fact-files.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseFacts } from './facts-folder.ts';
import { openFacts } from './facts-keeper.ts';
import { createHubFileStore } from './hub-file-store.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'facts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hubOf = () => ({
  store: createHubFileStore(join(folder, 'none')),
  marks: {},
  now: () => parseInstant('2026-01-05T12:00:00Z'),
});

const head = { v: 1, asOf: '2026-01-05T09:00:00.000000000Z', source: 'A test.' };

function textOf(kind: string, rows: readonly object[] = []): string {
  return JSON.stringify({ ...head, kind, rows });
}

function put(kind: string, rows: readonly object[] = []): string {
  const text = textOf(kind, rows);
  writeFileSync(join(folder, `${kind}.json`), text);
  return text;
}

const restriction = { list: 'restricted', instrument: 'ACME', sides: 'both', reason: 'A test.' };

test('each new file is put on record once, with the list of files as it then is', () => {
  const margins = put('margins');
  const restrictions = put('restrictions', [restriction]);
  const { keeper, entries } = openFacts({ folder, accepted: {}, hub: hubOf() });
  const held = [parseFacts('margins', margins), parseFacts('restrictions', restrictions)];
  expect(entries).toEqual([
    {
      kind: 'facts',
      body: { v: 1, kind: 'margins', hash: held[0]?.hash, files: filesHash(held.slice(0, 1)), document: margins },
    },
    {
      kind: 'facts',
      body: { v: 1, kind: 'restrictions', hash: held[1]?.hash, files: filesHash(held), document: restrictions },
    },
  ]);
  expect(keeper.files.hash).toBe(filesHash(held));
  expect(keeper.files.restrictions?.of({ instrument: 'ACME', issuer: 'x' })).toHaveLength(1);

  const accepted = Object.fromEntries(held.map(({ document, hash }) => [document.kind, hash]));
  expect(openFacts({ folder, accepted, hub: hubOf() }).entries).toEqual([]);
});

test('a file that was in force and is gone refuses the start', () => {
  put('margins');
  expect(() => openFacts({ folder, accepted: { restrictions: 'a'.repeat(64) }, hub: hubOf() })).toThrow(
    /restrictions.json was in force/,
  );
});

test('every problem of every file is listed, with its place', () => {
  writeFileSync(join(folder, 'margins.json'), '{');
  writeFileSync(join(folder, 'restriction.json'), '{}');
  put('restrictions', [{ ...restriction, sides: 'none' }]);
  writeFileSync(join(folder, 'locates.json'), textOf('margins'));
  const opening = () => openFacts({ folder, accepted: {}, hub: hubOf() });
  expect(opening).toThrow(/margins.json is not JSON/);
  expect(opening).toThrow(/restriction.json is no kind of facts/);
  expect(opening).toThrow(/rows\[?.?0\]?.sides/);
  expect(opening).toThrow(/locates.json is of kind margins/);
});

test('a changed file comes into force while the edge runs; one that is bad or gone changes nothing and is an incident', () => {
  put('restrictions');
  const { keeper } = openFacts({ folder, accepted: {}, hub: hubOf() });
  expect(keeper.look()).toEqual([]);

  put('restrictions', [restriction]);
  expect(keeper.look().map(({ kind }) => kind)).toEqual(['facts']);
  expect(keeper.files.restrictions?.of({ instrument: 'ACME', issuer: 'x' })).toHaveLength(1);
  expect(keeper.look()).toEqual([]);

  const inForce = keeper.files;
  writeFileSync(join(folder, 'restrictions.json'), 'nonsense');
  expect(keeper.look()).toMatchObject([{ kind: 'incident', body: { code: 'FACTS_REFUSED', severity: 'alarm' } }]);
  rmSync(join(folder, 'restrictions.json'));
  const [gone] = keeper.look();
  expect(gone?.kind === 'incident' ? gone.body.message : '').toContain('restrictions.json is gone');
  expect(keeper.files).toBe(inForce);
});
