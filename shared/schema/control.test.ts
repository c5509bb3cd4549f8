import { expect, test } from 'vitest';
import { KitError } from '../errors.ts';
import { generateSigner, parseVerifierKey } from '../journal/note.ts';
import { signDocument } from '../journal/typed-note.ts';
import { parseInstant } from '../values/instant.ts';
import {
  COMMAND_TYPE,
  type Command,
  effectOf,
  openCommand,
  openHeartbeat,
  openObject,
  signCommand,
  signHeartbeat,
  signObject,
  travellingHash,
} from './control.ts';

const hub = generateSigner('hub.test');
const known = [parseVerifierKey(hub.verifierKey)];
const at = parseInstant('2026-01-05T10:00:00Z');
const head = { v: 1, id: 'C-1', edge: 'edge-1', seq: 1, issuedAt: at, by: 'P-anna', reason: 'A test.' } as const;

test('a command, a heartbeat and an object come out of their notes as they went in', () => {
  const commands: readonly Command[] = [
    { ...head, kind: 'kill', scopes: ['firm'], level: 'flatten' },
    { ...head, kind: 'pause', scopes: ['algorithm:ema-cross', 'instrument:demo-index'], notAfter: at },
    { ...head, kind: 'release', kill: 'K-1', document: 'a\n\n— b c\n', notAfter: at },
    { ...head, kind: 'rotate-keys', which: 'access', notAfter: at },
  ];
  for (const command of commands) expect(openCommand(signCommand(hub, command), known)).toEqual(command);
  const object = {
    v: 1,
    edge: 'edge-1',
    kind: 'sheet',
    name: 'limits',
    version: 3,
    issuedAt: at,
    document: 'x',
  } as const;
  expect(openObject(signObject(hub, object), known)).toEqual(object);
  const objects = [{ kind: 'sheet', name: 'limits', version: 3, hash: travellingHash('x') } as const];
  const heartbeat = { v: 1, edge: 'edge-1', seq: 9, at, termMs: 5_000, commandSeq: 4, objects } as const;
  expect(openHeartbeat(signHeartbeat(hub, heartbeat), known)).toEqual(heartbeat);
});

test('one signed document never passes for another', () => {
  const note = signCommand(hub, { ...head, kind: 'kill', scopes: ['firm'], level: 'cancel' });
  expect(() => openHeartbeat(note, known)).toThrow('gatehouse/command/v1');
  expect(() => openObject(note, known)).toThrow('gatehouse/command/v1');
});

test('every problem of a command is listed', () => {
  const bad = { v: 1, id: '', edge: 'edge-1', seq: 0, kind: 'kill', scopes: [], level: 'pause', by: 'P', reason: '' };
  try {
    openCommand(signDocument(hub, COMMAND_TYPE, bad), known);
    expect.unreachable();
  } catch (error) {
    const problems = error instanceof KitError ? error.problems.map((one) => one.split(':')[0]) : [];
    expect(problems.sort()).toEqual(['id', 'issuedAt', 'level', 'reason', 'scopes', 'seq']);
  }
});

test('only what stops tightens, and what nobody knows may loosen', () => {
  const kinds = ['kill', 'pause', 'reduce', 'release', 'rotate-keys', 'refetch', 'upgrade-notice', 'dance', 'toString'];
  expect(kinds.map(effectOf)).toEqual([
    ...['tightening', 'tightening', 'tightening', 'loosening'],
    ...['neutral', 'neutral', 'neutral', 'loosening', 'loosening'],
  ]);
});
