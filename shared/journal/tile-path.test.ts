import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTilePath, type TileId, tilePath } from './tile-path.ts';

test('paths are those of the specification', () => {
  expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
  expect(tilePath({ level: 0, index: 0, width: 256 })).toBe('tile/0/000');
  expect(tilePath({ level: 0, index: 273, width: 112 })).toBe('tile/0/273.p/112');
  expect(tilePath({ level: 'entries', index: 1_000, width: 1 })).toBe('tile/entries/x001/000.p/1');
});

test('every tile comes back from its path', () => {
  const id: fc.Arbitrary<TileId> = fc.record({
    level: fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 })),
    index: fc.maxSafeNat(),
    width: fc.integer({ min: 1, max: 256 }),
  });
  fc.assert(
    fc.property(id, (tile) => {
      expect(parseTilePath(tilePath(tile))).toEqual(tile);
    }),
  );
});

test.each([
  '',
  'checkpoint',
  'tile/0/1',
  'tile/00/001',
  'tile/64/001',
  'tile/0/001.p/0',
  'tile/0/001.p/256',
  'tile/0/001.p/007',
  'tile/0/x000/001',
  'tile/0/x001',
  'tile/0/001/002',
  'tile/0/../001',
  'tile/0/001.p/1/../../../../etc/passwd',
  '/tile/0/001',
  'tile/0/001\n',
  `tile/0/${'x999/'.repeat(8)}999`,
])('%j names no tile', (path) => {
  expect(parseTilePath(path)).toBeUndefined();
});
