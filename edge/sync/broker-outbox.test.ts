import { expect, test } from 'vitest';
import { createBrokerOutbox, RECEIPT_MS_MAX, WAITING_MAX } from './broker-outbox.ts';

const wide = { inFlightMax: 100, packetBytesMax: 1_000 };

function outbox() {
  const receipts: ((refusal: string | undefined) => void)[] = [];
  const sent: string[] = [];
  const at = { ms: 0 };
  let silences = 0;
  const box = createBrokerOutbox({
    send: (_topic, payload, receipted) => {
      sent.push(payload.toString());
      receipts.push(receipted);
    },
    monotonicMs: () => at.ms,
    onSilence: () => {
      silences += 1;
    },
  });
  const publish = (text: string) => box.publish('t', Buffer.from(text));
  return { box, publish, receipts, sent, at, silences: () => silences };
}

test('no more is on its way than the broker takes at once, and the rest follows in order', () => {
  const { box, publish, receipts, sent } = outbox();
  box.opened({ ...wide, inFlightMax: 2 });
  for (const text of ['a', 'b', 'c', 'd']) publish(text);
  expect(sent).toEqual(['a', 'b']);
  expect(box.bufferedBytes).toBe(4);
  receipts[0]?.(undefined);
  expect(sent).toEqual(['a', 'b', 'c']);
  for (let index = 1; index < 4; index += 1) receipts[index]?.(undefined);
  expect(sent).toEqual(['a', 'b', 'c', 'd']);
  expect(box.bufferedBytes).toBe(0);
});

test('what a lost connection took with it counts no more, and its late receipts are of nothing', () => {
  const { box, publish, receipts, sent } = outbox();
  box.opened({ ...wide, inFlightMax: 1 });
  publish('a');
  publish('b');
  box.closed();
  expect(box.bufferedBytes).toBe(0);
  box.opened({ ...wide, inFlightMax: 1 });
  publish('c');
  receipts[0]?.(undefined);
  expect(box.bufferedBytes).toBe(1);
  expect(sent).toEqual(['a', 'c']);
});

test('a refusal is shown until the broker takes something', () => {
  const { box, publish, receipts } = outbox();
  box.opened(wide);
  publish('a');
  publish('b');
  receipts[0]?.('not authorized');
  expect(box.refusal).toBe('not authorized');
  receipts[1]?.(undefined);
  expect(box.refusal).toBeUndefined();
});

test('what is longer than the broker takes is not sent, and says so', () => {
  const { box, publish, sent } = outbox();
  box.opened({ ...wide, packetBytesMax: 100 });
  publish('x'.repeat(35));
  expect(box.refusal).toBeUndefined();
  publish('x'.repeat(36));
  expect(box.refusal).toContain('packets of 100 bytes');
  expect(sent).toHaveLength(1);
});

test('so much waits and no more', () => {
  const { box, publish } = outbox();
  box.opened({ ...wide, inFlightMax: 1 });
  for (let index = 0; index < WAITING_MAX + 10; index += 1) publish('x');
  expect(box.bufferedBytes).toBe(WAITING_MAX + 1);
});

test('a broker that owes a receipt for too long is told of, a younger one is not', () => {
  const { box, publish, at, silences } = outbox();
  box.opened(wide);
  publish('a');
  at.ms = RECEIPT_MS_MAX;
  publish('b');
  expect(silences()).toBe(0);
  at.ms = RECEIPT_MS_MAX + 1;
  publish('c');
  expect(silences()).toBe(1);
});
