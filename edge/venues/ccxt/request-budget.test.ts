import { expect, test } from 'vitest';
import { createRequestBudget, type RequestBudget, type Urgency } from './request-budget.ts';

const LIMITS = [
  { counts: 'weight', header: '1m', intervalMs: 60_000, max: 100 },
  { counts: 'orders', header: '10s', intervalMs: 10_000, max: 10 },
] as const;

function budgetOf(at: { ms: number }, queue = { max: 3, waitMs: 0 }): RequestBudget {
  const budget = createRequestBudget({ serverMs: () => at.ms, monotonicMs: () => at.ms, queue });
  budget.setLimits(LIMITS);
  return budget;
}

function ask(budget: RequestBudget, urgency: Urgency, weight: number, orders = 0): Promise<string> {
  return budget.admit({ urgency, weight, orders }).then(
    () => 'sent',
    (error: Error) => error.message,
  );
}

test('questions stop before orders do, and orders before cancels', async () => {
  const budget = budgetOf({ ms: 0 });
  expect(await ask(budget, 'question', 80)).toBe('sent');
  expect(await ask(budget, 'question', 1)).toMatch(/no room/);
  expect(await ask(budget, 'order', 10)).toBe('sent');
  expect(await ask(budget, 'order', 1)).toMatch(/no room/);
  expect(await ask(budget, 'cancel', 10)).toBe('sent');
  expect(await ask(budget, 'cancel', 1)).toMatch(/no room/);
});

test('what the exchange says is used counts where it is more than we counted', async () => {
  const budget = budgetOf({ ms: 0 });
  budget.hear({ status: 200, code: undefined, headers: { 'x-mbx-used-weight-1m': '100' } });
  expect(await ask(budget, 'cancel', 1)).toMatch(/no room/);
  budget.hear({ status: 200, code: undefined, headers: { 'x-mbx-used-weight-1m': '3' } });
  expect(budget.usage()[0]).toMatchObject({ used: 100 });
});

test('a new window of the exchange’s clock is empty', async () => {
  const at = { ms: 59_999 };
  const budget = budgetOf(at);
  expect(await ask(budget, 'cancel', 100)).toBe('sent');
  expect(await ask(budget, 'cancel', 1)).toMatch(/no room/);
  at.ms = 60_000;
  expect(await ask(budget, 'cancel', 1)).toBe('sent');
});

test('a pause of the exchange holds everything back until it is over', async () => {
  const at = { ms: 1_000 };
  const budget = budgetOf(at);
  budget.hear({ status: 429, code: -1003, headers: { 'retry-after': '7' } });
  at.ms = 7_999;
  expect(await ask(budget, 'cancel', 1)).toMatch(/no room/);
  at.ms = 8_000;
  expect(await ask(budget, 'cancel', 1)).toBe('sent');
});

test('too many orders hold back orders and no cancels', async () => {
  const budget = budgetOf({ ms: 0 });
  budget.hear({ status: 429, code: -1015, headers: { 'retry-after': '7' } });
  expect(await ask(budget, 'order', 1, 1)).toMatch(/no room/);
  expect(await ask(budget, 'cancel', 1)).toBe('sent');
});

test('what waits goes out with the most urgent first, and the queue has an end', async () => {
  const at = { ms: 0 };
  const budget = budgetOf(at, { max: 3, waitMs: 1_000_000 });
  expect(await ask(budget, 'cancel', 100)).toBe('sent');
  const out: string[] = [];
  const wait = (urgency: Urgency) => ask(budget, urgency, 1).then((result) => out.push(`${urgency} ${result}`));
  const waiting = [wait('question'), wait('order'), wait('cancel')];
  expect(await ask(budget, 'cancel', 1)).toMatch(/3 requests wait/);
  at.ms = 60_000;
  await Promise.all(waiting);
  expect(out).toEqual(['cancel sent', 'order sent', 'question sent']);
});

test('what waits at the end is told that it was not sent', async () => {
  const budget = budgetOf({ ms: 0 }, { max: 3, waitMs: 1_000_000 });
  expect(await ask(budget, 'cancel', 100)).toBe('sent');
  const waiting = ask(budget, 'order', 1);
  budget.close();
  expect(await waiting).toMatch(/not sent: the connection is closed/);
});
