import { expect, test } from 'vitest';
import { decodeMessage } from './pgoutput.ts';
import { collectTransactions } from './transaction-collector.ts';

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const int32 = (value: number): Buffer => Buffer.concat([int16(value >>> 16), int16(value & 0xffff)]);
const name = (text: string): Buffer => Buffer.from(`${text}\0`);
const tag = (letter: string): Buffer => Buffer.from(letter);
const bytes = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);
const OID = int32(7);

function row(...values: readonly (string | null | undefined)[]): Buffer {
  const parts = values.map((value) => {
    if (value === null) return tag('n');
    return value === undefined ? tag('u') : bytes(tag('t'), int32(Buffer.byteLength(value)), Buffer.from(value));
  });
  return bytes(int16(values.length), ...parts);
}

const column = (text: string): Buffer => bytes(Buffer.from([1]), name(text), int32(25), int32(0xffffffff));
const relation = bytes(
  tag('R'),
  OID,
  name('public'),
  name('items'),
  tag('f'),
  int16(2),
  column('id'),
  column('__proto__'),
);
const begin = bytes(tag('B'), int32(1), int32(8), Buffer.alloc(8), int32(742));
const commit = bytes(tag('C'), Buffer.alloc(25));
const insert = (id: string): Buffer => bytes(tag('I'), OID, tag('N'), row(id, 'ü'));
const update = bytes(tag('U'), OID, tag('O'), row('1', 'old'), tag('N'), row('2', undefined));

test('a value that an update leaves alone is that of the row before', () => {
  expect(decodeMessage(update)).toEqual({ kind: 'update', oid: 7, old: ['1', 'old'], row: ['2', 'old'] });
});

test('a message that ends too early is refused, wherever it is cut', () => {
  for (const whole of [relation, begin, insert('1'), update]) {
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => decodeMessage(whole.subarray(0, length))).toThrow('replication stream');
    }
    expect(() => decodeMessage(whole)).not.toThrow();
  }
});

test('a message of a kind that the protocol does not know is refused', () => {
  expect(() => decodeMessage(tag('?'))).toThrow('unknown kind');
});

test('a transaction is given out at its commit, with changes two apart and every column by its name', () => {
  const collector = collectTransactions({ changesMax: 10, bytesMax: 10_000 });
  const given = [begin, relation, insert('1'), update, commit].map((message) => collector.take(message));
  expect(given.slice(0, -1)).toEqual([undefined, undefined, undefined, undefined]);
  const transaction = given.at(-1);
  expect(transaction).toMatchObject({ xid: 742, commitLsn: 2n ** 32n + 8n });
  expect(transaction?.changes.map(({ kind, op }) => [kind, op])).toEqual([
    ['insert', 0],
    ['update', 2],
  ]);
  const [first] = transaction?.changes ?? [];
  expect(first?.kind === 'insert' && Object.entries(first.row)).toEqual([
    ['id', '1'],
    ['__proto__', 'ü'],
  ]);
});

test('a transaction larger than what is kept loses its table, and holds no part of it', () => {
  const collector = collectTransactions({ changesMax: 2, bytesMax: 10_000 });
  collector.take(begin);
  collector.take(relation);
  for (const id of ['1', '2', '3', '4']) collector.take(insert(id));
  const transaction = collector.take(commit);
  expect([...(transaction?.lostOids ?? [])]).toEqual([7]);
  expect(transaction?.changes).toEqual([]);
});

test('an update without the whole row before it loses the table', () => {
  const collector = collectTransactions({ changesMax: 10, bytesMax: 10_000 });
  collector.take(begin);
  collector.take(relation);
  collector.take(bytes(tag('U'), OID, tag('N'), row('2', 'new')));
  expect([...(collector.take(commit)?.lostOids ?? [])]).toEqual([7]);
});
