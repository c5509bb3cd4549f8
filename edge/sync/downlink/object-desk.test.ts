import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { type ControlObject, signObject, travellingHash } from '@gatehouse/shared/schema/control.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { createObjectDesk, type ObjectDeskDeps, type TakenObject } from './object-desk.ts';

const hub = generateSigner('hub.test');
const AT = parseInstant('2026-01-05T10:00:00Z');

function note(kind: ControlObject['kind'], version: number, change: Partial<ControlObject> = {}, signer = hub): string {
  const base = {
    v: 1,
    edge: 'edge-1',
    kind,
    name: 'limits',
    version,
    issuedAt: AT,
    document: `${kind} ${version}`,
  } as const;
  return signObject(signer, { ...base, ...change });
}

function world(answers: readonly (TakenObject | Error)[] = []) {
  const taken: string[] = [];
  const alarms: string[] = [];
  const others: string[] = [];
  const left = [...answers];
  const take = async ({ document }: ControlObject): Promise<TakenObject> => {
    taken.push(document);
    const answer = left.shift() ?? 'taken';
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const deps: ObjectDeskDeps = {
    edge: 'edge-1',
    hub: [parseVerifierKey(hub.verifierKey)],
    takers: { sheet: take, trust: take },
    onOther: (one) => others.push(one),
    onAlarm: ({ code }) => alarms.push(code),
    log: () => {},
  };
  return { taken, alarms, others, desk: createObjectDesk(deps) };
}

test('an object is offered once, and its version and hash are known', async () => {
  const { desk, taken } = world();
  const one = note('sheet', 2);
  desk.take(one);
  desk.take(one);
  await desk.idle();
  desk.look();
  await desk.idle();
  expect(taken).toEqual(['sheet 2']);
  expect(desk.object('sheet', 'limits')).toEqual({ version: 2, hash: travellingHash(one) });
});

test('who may sign comes before what they signed, and the lower version before the higher', async () => {
  const { desk, taken } = world();
  desk.take(note('sheet', 5));
  desk.take(note('trust', 3, { name: 'v000003' }));
  desk.take(note('trust', 2, { name: 'v000002' }));
  await desk.idle();
  expect(taken.slice(0, 2)).toEqual(['trust 2', 'trust 3']);
  expect(taken.at(-1)).toBe('sheet 5');
});

test('what could not be taken is offered again, what was refused once more when somebody new may sign', async () => {
  const { desk, taken } = world(['later', new Error('the disk is away'), 'taken']);
  desk.take(note('sheet', 1));
  for (let looks = 0; looks < 4; looks += 1) {
    await desk.idle();
    desk.look();
  }
  await desk.idle();
  expect(taken).toEqual(['sheet 1', 'sheet 1', 'sheet 1']);
  desk.take(note('trust', 2, { name: 'v000002' }));
  await desk.idle();
  expect(taken.slice(3)).toEqual(['trust 2', 'sheet 1']);
});

test('an older version, a stranger’s signature and another edge’s object are alarms, once each, and offered to nobody', async () => {
  const { desk, taken, alarms } = world();
  desk.take(note('sheet', 2));
  await desk.idle();
  const stranger = generateSigner('hub.test');
  for (const strange of [
    note('sheet', 1),
    note('sheet', 2, { document: 'x' }),
    note('sheet', 9, {}, stranger),
    note('sheet', 9, { edge: 'edge-2' }),
  ]) {
    desk.take(strange);
    desk.take(strange);
  }
  await desk.idle();
  expect(taken).toEqual(['sheet 2']);
  expect(alarms).toEqual(Array.from({ length: 4 }, () => 'CONTROL_OBJECT_REFUSED'));
});

test('a note of another type goes to whoever reads those, and a kind that nobody takes changes nothing', async () => {
  const { desk, taken, others, alarms } = world();
  desk.take('gatehouse/lease/v1\n{}\n');
  desk.take(note('calendars', 1));
  await desk.idle();
  expect(others).toHaveLength(1);
  expect([taken, alarms]).toEqual([[], []]);
  expect(desk.object('calendars', 'limits')?.version).toBe(1);
});

test('the same document in a younger envelope is the same object under another hash, in an older one nothing', async () => {
  const { desk, taken, alarms } = world();
  const [first, younger] = [note('sheet', 2), note('sheet', 2, { issuedAt: addMs(AT, 5_000) })];
  desk.take(first);
  await desk.idle();
  desk.take(younger);
  await desk.idle();
  expect(desk.object('sheet', 'limits')).toEqual({ version: 2, hash: travellingHash(younger) });
  desk.take(first);
  await desk.idle();
  expect(desk.object('sheet', 'limits')).toEqual({ version: 2, hash: travellingHash(younger) });
  expect([taken, alarms]).toEqual([['sheet 2'], []]);
});
