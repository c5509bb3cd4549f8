import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  consistencyNodes,
  consistencyProof,
  inclusionNodes,
  inclusionProof,
  leafHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';
import {
  EMPTY_EDGE,
  edgeRoot,
  edgeTiles,
  growTiles,
  hashesOf,
  partialTiles,
  readerFromTiles,
  tilesWith,
} from './tile.ts';
import { tilePath } from './tile-path.ts';

const SIZE = 70_000;
const entries = Array.from({ length: SIZE }, (_, index) => Buffer.from(`entry ${index}`));
const leaves = entries.map(leafHash);

/** All tiles of the log of a size, by path, made in two steps. */
function tilesOf(size: number, middle = Math.floor(size / 3)): ReadonlyMap<string, Uint8Array> {
  const tiles = new Map<string, Uint8Array>();
  const keep = ({ id, bytes }: Parameters<NonNullable<Parameters<typeof growTiles>[2]>>[0]) =>
    void tiles.set(tilePath(id), bytes);
  const half = growTiles(EMPTY_EDGE, entries.slice(0, middle), keep);
  const edge = growTiles(half, entries.slice(middle, size), keep);
  for (const { id, bytes } of partialTiles(edge)) tiles.set(tilePath(id), bytes);
  expect(edgeRoot(edge)).toEqual(rootOf(leaves.slice(0, size)));
  return tiles;
}

const whole = tilesOf(SIZE);

test('a log of 70,000 entries has the tiles that the specification counts', () => {
  const paths = [...whole.keys()];
  const level = (prefix: string) => paths.filter((path) => path.startsWith(prefix));
  expect(level('tile/0/').filter((path) => !path.includes('.p/'))).toHaveLength(273);
  expect(level('tile/entries/')).toHaveLength(274);
  expect(paths.filter((path) => path.includes('.p/')).sort()).toEqual([
    'tile/0/273.p/112',
    'tile/1/001.p/17',
    'tile/2/000.p/1',
    'tile/entries/273.p/112',
  ]);
  expect(level('tile/1/')).toEqual(['tile/1/000', 'tile/1/001.p/17']);
});

test('a log of 256 entries has a full tile and one hash above it, and no empty tile', () => {
  expect([...tilesOf(256).keys()].sort()).toEqual(['tile/0/000', 'tile/1/000.p/1', 'tile/entries/000']);
  expect([...tilesOf(0).keys()]).toEqual([]);
});

test('the tiles that an edge is read from are those that are there', () => {
  expect(edgeTiles(SIZE).map(tilePath)).toEqual([
    'tile/entries/273.p/112',
    'tile/0/273.p/112',
    'tile/1/001.p/17',
    'tile/2/000.p/1',
  ]);
});

test('any proof comes from the few tiles that hold its subtrees', () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: SIZE }), fc.nat(SIZE - 1));
  fc.assert(
    fc.property(sizes, ([fromSize, index]) => {
      const proven = inclusionNodes(index, SIZE);
      const read = readerFromTiles(only(proven, SIZE), SIZE);
      const claim = { index, size: SIZE, leaf: leafHash(entries[index] ?? ''), root: rootOfAll };
      const proof = inclusionProof(read, index, SIZE);
      expect(verifyInclusion({ ...claim, proof })).toBe(true);
      expect(verifyInclusion({ ...claim, index: index + 1, proof })).toBe(false);

      const grown = consistencyNodes(fromSize, SIZE);
      const consistency = consistencyProof(readerFromTiles(only(grown, SIZE), SIZE), fromSize, SIZE);
      const fromRoot = rootOf(leaves.slice(0, fromSize));
      expect(verifyConsistency({ fromSize, fromRoot, toSize: SIZE, toRoot: rootOfAll, proof: consistency })).toBe(true);
    }),
    { numRuns: 12 },
  );
});

const rootOfAll = rootOf(leaves);

function only(nodes: Parameters<typeof tilesWith>[0], size: number): ReadonlyMap<string, Uint8Array> {
  const ids = tilesWith(nodes, size);
  expect(ids.length).toBeLessThanOrEqual(8);
  return new Map(ids.map((id) => [tilePath(id), whole.get(tilePath(id)) ?? Buffer.alloc(0)]));
}

test('a tile of another length and a tile that is not given are refused', () => {
  expect(() => hashesOf(Buffer.alloc(33), { width: 1 })).toThrow('a tile of 33 bytes, not of 1 hashes');
  expect(() => readerFromTiles(new Map(), 300)(0, 299)).toThrow('tile/0/001.p/44 is not given');
});
