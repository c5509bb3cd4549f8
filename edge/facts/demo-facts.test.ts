import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileFactFiles } from '@gatehouse/compliance/fact-files.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { FactsDocument } from '@gatehouse/shared/schema/facts/index.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEMO_IDENTITY } from '../engine/demo-account.ts';
import { loadSp500 } from '../feeds/sp500.ts';
import { demoFacts, writeDemoFacts } from './demo-facts.ts';
import { readFactsFolder } from './facts-folder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-facts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const loaded = await loadSp500();
const asOf = parseInstant('2026-01-05T09:00:00.000000000Z');
const demo = { loaded, identity: DEMO_IDENTITY, strategies: [{ id: 'ema-cross', version: '1.0.0' }], asOf };

test('every bar of the source lies on a day that the calendar knows, and a weekday without a bar is a holiday', () => {
  const held = demoFacts(demo).map((wire) => ({
    document: decode(FactsDocument, wire, 'a file'),
    hash: '0'.repeat(64),
  }));
  const calendar = compileFactFiles(held).calendars?.of('SIM');
  const phases = new Set<string>();
  for (let index = 0; index < loaded.bars.length; index += 1) {
    const { openAt, closeAt, day } = loaded.bars.bar(index);
    const answer = calendar?.at(openAt);
    expect(answer).toMatchObject({ day, isHoliday: false });
    phases.add(`${answer?.phase} ${calendar?.at(closeAt)?.phase}`);
  }
  expect([...phases]).toEqual(['continuous closed']);
  expect(calendar?.at(parseInstant('2012-10-29T15:00:00.000000000Z'))).toMatchObject({
    phase: 'closed',
    isHoliday: true,
  });
  expect(calendar?.at(parseInstant('2030-01-07T15:00:00.000000000Z'))).toBeUndefined();
});

test('a second start changes nothing, another instrument is added, and what a person wrote stays', async () => {
  await writeDemoFacts(folder, demo);
  const before = readFactsFolder(folder);
  expect(before.problems).toEqual([]);
  await writeDemoFacts(folder, { ...demo, asOf: addMs(asOf, 1_000) });
  expect(readFactsFolder(folder)).toEqual(before);

  const own = JSON.stringify({
    v: 1,
    kind: 'restrictions',
    asOf: '2026-01-01T00:00:00.000000000Z',
    source: 'Compliance.',
    rows: [],
  });
  writeFileSync(join(folder, 'restrictions.json'), own);
  const other = { ...loaded, instrument: { ...loaded.instrument, id: 'CSV-00000001' } };
  await writeDemoFacts(folder, { ...demo, loaded: other });
  const { instruments } = compileFactFiles(readFactsFolder(folder).files);
  expect([instruments?.of('CSV-00000001')?.id, instruments?.of('SP500-INDEX')?.id]).toEqual([
    'CSV-00000001',
    'SP500-INDEX',
  ]);
  expect(readFileSync(join(folder, 'restrictions.json'), 'utf8')).toBe(own);
});
