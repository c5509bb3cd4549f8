import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { makeTar, readTar } from './tar.ts';

const FILES = [
  { path: 'checkpoint', bytes: Buffer.from('a signed note\n') },
  { path: 'tile/entries/x001/067.p/44', bytes: Buffer.alloc(513, 7) },
  { path: 'tile/0/000', bytes: Buffer.alloc(0) },
];

test('files come out of an archive as they went in, and the system’s own tar reads it', () => {
  const tar = makeTar(FILES);
  expect(readTar(tar).map(({ path, bytes }) => [path, Buffer.from(bytes).toString('hex')])).toEqual(
    FILES.map(({ path, bytes }) => [path, bytes.toString('hex')]),
  );
  const listed = spawnSync('tar', ['-tf', '-'], { input: tar, encoding: 'utf8' });
  expect(listed.stdout.trim().split('\n')).toEqual(FILES.map(({ path }) => path));
});

test('an archive that is cut off or was changed is refused', () => {
  const tar = makeTar(FILES);
  expect(() => readTar(tar.subarray(0, 700))).toThrow(/tar archive/);
  const changed = Buffer.from(tar);
  changed[130] = 0x37;
  expect(() => readTar(changed)).toThrow(/tar archive/);
});
