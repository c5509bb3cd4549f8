import type { EntryBody, KillBody } from '@gatehouse/shared/schema/bodies.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NOW } from './kill-fixture.ts';
import { algorithmClosedBy, closingOrderId, createKillMemory, type KillMemory } from './kill-memory.ts';

function killEntry(id: string, breaker?: string, scopes: string[] = ['firm']): EntryBody {
  const trigger = breaker === undefined ? {} : { trigger: { breaker, figures: {} } };
  const body: KillBody = {
    v: 2,
    id,
    scopes,
    level: 'flatten',
    haltEpoch: 1,
    by: 'P-1',
    reason: 'x',
    at: NOW,
  };
  return { kind: 'kill', body: { ...body, ...trigger } };
}

function releaseEntry(kill: string): EntryBody {
  const body = { v: 1, kill, haltEpoch: 2, by: ['P-1', 'P-2'], reason: 'x', at: NOW, document: 'x' } as const;
  return { kind: 'release', body: { ...body, by: [...body.by] } };
}

function session(event: 'edge-started' | 'edge-stopped' | 'run-started'): EntryBody {
  return { kind: 'session', body: { v: 1, event, release: '1', runtime: 'node' } };
}

function folded(...entries: readonly EntryBody[]): KillMemory {
  const memory = createKillMemory();
  for (const [index, entry] of entries.entries()) memory.fold(entry, addMs(NOW, index));
  return memory;
}

test('an order closes for the algorithm of its kill while that is in force', () => {
  const memory = folded(killEntry('K-1', undefined, ['venue:paper', 'algorithm:ema-cross']), killEntry('K-2'));
  expect(algorithmClosedBy(closingOrderId('K-1', 7), memory.active())).toBe('ema-cross');
  expect(algorithmClosedBy(closingOrderId('K-2', 7), memory.active())).toBeUndefined();
  expect(algorithmClosedBy('O-1', memory.active())).toBeUndefined();
  memory.fold(releaseEntry('K-1'), NOW);
  expect(algorithmClosedBy(closingOrderId('K-1', 7), memory.active())).toBeUndefined();
  expect(memory.isReleased('K-1')).toBe(true);
  expect(memory.active()).toHaveLength(1);
});

test('an order id that a venue would not take is never made', () => {
  expect(closingOrderId('K-0123456789ab', 1)).toBe('K-0123456789ab-c1');
  expect(() => closingOrderId(`K-${'0'.repeat(31)}`, 1)).not.toThrow();
  expect(() => closingOrderId(`K-${'0'.repeat(32)}`, 1)).toThrow(/longer/);
});

test('a start after a clean end is no death, and one after none is', () => {
  expect(folded(session('edge-started')).crashes).toEqual([]);
  expect(folded(session('edge-started'), session('edge-stopped'), session('edge-started')).crashes).toEqual([]);
  expect(folded(session('edge-started'), session('run-started'), session('edge-started')).crashes).toEqual([
    addMs(NOW, 2),
  ]);
});

test('the release of a crash loop makes deaths forgotten, that of another kill does not', () => {
  const deaths = [session('edge-started'), session('edge-started'), session('edge-started')];
  const memory = folded(...deaths, killEntry('K-1', 'crash-loop'), killEntry('K-2', 'drawdown'));
  memory.fold(releaseEntry('K-2'), NOW);
  expect(memory.crashes).toHaveLength(2);
  memory.fold(releaseEntry('K-1'), NOW);
  expect(memory.crashes).toEqual([]);
});

test('released kills and deaths are remembered up to a bound, the oldest forgotten first', () => {
  const memory = folded(...Array.from({ length: 1_001 }, (_, index) => releaseEntry(`K-${index}`)));
  expect(memory.isReleased('K-0')).toBe(false);
  expect(memory.isReleased('K-1')).toBe(true);
  expect(folded(...Array.from({ length: 300 }, () => session('edge-started'))).crashes).toHaveLength(200);
});

test('a snapshot taken anywhere goes on the same', () => {
  const entry = fc.oneof(
    fc.constantFrom('K-1', 'K-2', 'K-3').map((id) => killEntry(id, id === 'K-3' ? 'crash-loop' : undefined)),
    fc.constantFrom('K-1', 'K-2', 'K-3').map(releaseEntry),
    fc.constantFrom('edge-started', 'edge-stopped').map((event) => session(event)),
  );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 30 }), fc.nat(30), (entries, at) => {
      const whole = folded(...entries);
      const before = createKillMemory();
      for (const [index, one] of entries.slice(0, at).entries()) before.fold(one, addMs(NOW, index));
      const after = createKillMemory(JSON.parse(JSON.stringify(before.snapshot())));
      for (const [index, one] of entries.slice(at).entries())
        after.fold(one, addMs(NOW, index + Math.min(at, entries.length)));
      expect(after.snapshot()).toEqual(whole.snapshot());
    }),
  );
  expect(() => createKillMemory({ active: 1 })).toThrow(/snapshot of kills/);
});
