import { expect, test } from 'vitest';
import { killWorld, until } from './kill-fixture.ts';

test('a kill ends orders that wait at the edge without asking a venue for them', async () => {
  const world = killWorld();
  world.enter({ id: 'O-held' }, 'held');
  world.enter({ id: 'O-works' });
  const kill = world.killSwitch.kill({ scopes: ['desk:index'], level: 'cancel', by: 'P-1', reason: 'A test.' });
  expect(await until(() => kill.progress().isDone)).toBe(true);
  expect(world.own.openOrders()).toEqual([]);
  const requests = world.venues.get('paper')?.requests ?? [];
  expect(requests.filter((one) => one.includes('O-held'))).toEqual([]);
  expect(requests).toContain('cancel O-works');
});
