import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { type Heartbeat, signHeartbeat } from '@gatehouse/shared/schema/control.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { createHeartbeatWatch, latestKnown, WITHHELD_MS_MAX } from './heartbeat-watch.ts';

const hub = generateSigner('hub.test');
const AT = parseInstant('2026-01-05T10:00:00Z');
const HASH = 'ab'.repeat(32);
const SHEET = { kind: 'sheet', name: 'limits', version: 3, hash: HASH } as const;

function world(versions: Record<string, { version: number; hash: string }> = {}, through = 0) {
  const state = { ms: 0, versions, through };
  const watch = createHeartbeatWatch({
    edge: 'edge-1',
    hub: [parseVerifierKey(hub.verifierKey)],
    monotonicMs: () => state.ms,
    arrived: {
      object: (kind, name) => state.versions[`${kind} ${name}`],
      get commandsThrough() {
        return state.through;
      },
    },
  });
  return Object.assign(state, { watch });
}

function beat(seq: number, change: Partial<Heartbeat> = {}, signer = hub): string {
  const base = {
    v: 1,
    edge: 'edge-1',
    seq,
    at: addMs(AT, seq * 1_000),
    termMs: 5_000,
    commandSeq: 0,
    objects: [],
  } as const;
  return signHeartbeat(signer, { ...base, objects: [], ...change });
}

test('an older heartbeat that comes again is no sign of life', () => {
  const { watch } = world();
  expect(watch.take(beat(2)).isNews).toBe(true);
  expect(watch.take(beat(2)).isNews).toBe(false);
  expect(watch.take(beat(1)).isNews).toBe(false);
  expect(watch.newest?.seq).toBe(2);
  expect(watch.take(beat(3)).isNews).toBe(true);
});

test('what the hub did not sign, or is for another edge, is an alarm and no sign of life', () => {
  const { watch } = world();
  for (const note of ['', beat(1, { edge: 'edge-2' }), beat(1, {}, generateSigner('hub.test'))]) {
    expect(watch.take(note)).toMatchObject({ isNews: false, alarms: [{ code: 'HEARTBEAT_REFUSED' }] });
  }
  expect(watch.newest).toBeUndefined();
});

test('silence is told once its term is over, once, and again after the hub was heard', () => {
  const one = world();
  one.watch.take(beat(1));
  one.ms = 5_000;
  expect(one.watch.look()).toEqual([]);
  one.ms = 5_001;
  expect(one.watch.look()).toMatchObject([{ code: 'HUB_SILENT' }]);
  expect(one.watch.look()).toEqual([]);
  one.watch.take(beat(2));
  one.ms = 10_003;
  expect(one.watch.look()).toMatchObject([{ code: 'HUB_SILENT' }]);
});

test('what a heartbeat names and does not come is told after its time, once, and not where it came', () => {
  const one = world();
  one.watch.take(beat(1, { commandSeq: 2, objects: [SHEET], termMs: 1_000_000 }));
  one.ms = WITHHELD_MS_MAX - 1;
  expect(one.watch.look()).toEqual([]);
  one.ms = WITHHELD_MS_MAX;
  expect(
    one.watch.look().map(({ code, message }) => [code, /sheet limits version 3|command number 2/.test(message)]),
  ).toEqual([
    ['CONTROL_WITHHELD', true],
    ['CONTROL_WITHHELD', true],
  ]);
  expect(one.watch.look()).toEqual([]);
  const other = world({ 'sheet limits': { version: 3, hash: HASH } }, 2);
  other.watch.take(beat(1, { commandSeq: 2, objects: [SHEET], termMs: 1_000_000 }));
  other.ms = WITHHELD_MS_MAX;
  expect(other.watch.look()).toEqual([]);
});

test('another document under the same version counts as one that did not come', () => {
  const one = world({ 'sheet limits': { version: 3, hash: 'cd'.repeat(32) } });
  one.watch.take(beat(1, { objects: [SHEET], termMs: 1_000_000 }));
  one.ms = WITHHELD_MS_MAX;
  expect(one.watch.look()).toMatchObject([{ code: 'CONTROL_WITHHELD' }]);
});

test('a hub that was set back is told of, and its newer word counts', () => {
  const { watch } = world();
  watch.take(beat(7));
  const later = addMs(AT, 60_000);
  expect(watch.take(beat(3, { at: later }))).toMatchObject({ isNews: true, alarms: [{ code: 'HUB_SET_BACK' }] });
});

test('a clock that was set back makes no expired command young again', () => {
  const { watch } = world();
  expect(latestKnown(AT, watch)).toBe(AT);
  watch.take(beat(9));
  expect(latestKnown(AT, watch)).toBe(addMs(AT, 9_000));
  expect(latestKnown(addMs(AT, 10_000), watch)).toBe(addMs(AT, 10_000));
});
