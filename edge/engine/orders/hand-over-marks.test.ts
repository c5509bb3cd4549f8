import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { price } from '@gatehouse/shared/values/amounts.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { WireBody } from '../entry-wire.ts';
import { deskOrder, startDesk } from './desk-fixture.ts';
import { type Setting, setting } from './desk-setting-fixture.ts';
import { type HandOverMarks, openHandOverMarks } from './hand-over-marks.ts';

const BOOT = 'boot-1';
const order = deskOrder({ limitPrice: price('100') });

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-marks-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'handed-over');
}

function marksAt(path: string, approved: readonly string[] = [], boot: string | undefined = BOOT): HandOverMarks {
  const marks = openHandOverMarks({ path, boot, approved });
  onTestFinished(() => marks.close());
  return marks;
}

/** What is on disk of a process that was killed before it could write down what came after the decision. */
function upToTheDecision({ run }: Setting): readonly WireBody[] {
  return run.records.filter(({ kind }) => kind === 'intent' || kind === 'decision');
}

describe('after kill -9', () => {
  test('I7 an order that was approved and never handed over ends at once, and nobody is asked', async () => {
    const path = place();
    // The same entries, of a process that had not yet come to the wire.
    const past = upToTheDecision(sending());
    marksAt(path);
    const all = setting();
    const run = startDesk({ ...all, past, marks: marksAt(path, ['O-1']) });
    await run.desk.resume();
    expect(run.stateOf('O-1')).toBe('unsent');
    expect(all.venue.requests).toEqual([]);
  });

  test('I7 one that was handed over is asked for, and found', async () => {
    const path = place();
    const all = sending(marksAt(path));
    await all.time.settle();
    all.run.desk.stop();
    const run = startDesk({ ...all, past: upToTheDecision(all), marks: marksAt(path, ['O-1']) });
    await run.desk.resume();
    expect(run.stateOf('O-1')).toBe('working');
    expect(all.venue.requests).toEqual(['submit O-1', 'query O-1']);
  });

  test('the next start believes what this one could not prove no more than this one did', () => {
    const path = place();
    marksAt(path).mark('O-1');
    expect(marksAt(path, ['O-1', 'O-2']).neverLeft('O-1')).toBe(false);
    expect(marksAt(path, ['O-1', 'O-2']).neverLeft('O-1')).toBe(false);
    expect(marksAt(path, ['O-1', 'O-2']).neverLeft('O-2')).toBe(true);
  });
});

describe('nothing is proved', () => {
  test.each([
    ['where there was no note before', (path: string) => rmSync(path)],
    [
      'after another boot of the computer',
      (path: string) => swap(path, readFileSync(path, 'utf8').replace(BOOT, 'boot-2')),
    ],
    ['by a note that was cut off', (path: string) => appendFileSync(path, 'O-')],
    [
      'by a copy of the note',
      (path: string) => {
        copyFileSync(path, `${path}.copy`);
        renameSync(`${path}.copy`, path);
      },
    ],
    ['by a file that is something else', (path: string) => writeFileSync(path, 'something else\n')],
  ])('%s', (_, spoil) => {
    const path = place();
    marksAt(path);
    expect(marksAt(path, ['O-1']).neverLeft('O-1')).toBe(true);
    spoil(path);
    expect(marksAt(path, ['O-1']).neverLeft('O-1')).toBe(false);
  });

  test('where the operating system does not name its boots', () => {
    const path = place();
    const nameless = () => openHandOverMarks({ path, boot: undefined, approved: ['O-1'] });
    nameless().close();
    const marks = nameless();
    expect(marks.neverLeft('O-1')).toBe(false);
    marks.close();
  });
});

test('an order whose handing over cannot be noted stays here', async () => {
  const path = place();
  const marks = marksAt(path);
  marks.close();
  const all = setting({ marks });
  all.run.propose(order);
  await all.time.settle();
  expect(all.run.stateOf('O-1')).toBe('unsent');
  expect(all.venue.requests).toEqual([]);
});

test('the note stays small, and the newest orders stay on it', () => {
  const path = place();
  const marks = marksAt(path);
  for (let count = 1; count <= 21_000; count += 1) marks.mark(`O-${count}`);
  expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(5_000);
  const next = marksAt(path, ['O-20999', 'O-21001']);
  expect([next.neverLeft('O-20999'), next.neverLeft('O-21001')]).toEqual([false, true]);
});

function swap(path: string, text: string): void {
  writeFileSync(path, text);
}

function sending(marks?: HandOverMarks): Setting {
  const all = setting(marks === undefined ? {} : { marks });
  all.run.propose(order);
  return all;
}
