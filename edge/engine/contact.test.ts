import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, onTestFinished, test } from 'vitest';
import { createContact } from './contact.ts';

const NOW = parseInstant('2026-01-05T10:00:00Z');

function contactAt(hasHub = true) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-contact-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clock = manualClock(NOW);
  return { clock, contact: createContact({ hasHub, keptAck: join(folder, 'hub.ack'), clock }) };
}

test('a word of the hub that was kept back on the way is no younger for it', () => {
  const { contact } = contactAt();
  expect(contact.facts()).toEqual({ kind: 'hub' });
  contact.heardAt(addMs(NOW, -60_000));
  expect(contact.facts()).toEqual({ kind: 'hub', lastAt: addMs(NOW, -60_000) });
});

test('the newest word counts, and a hub whose clock is ahead makes no contact of the future', () => {
  const { contact, clock } = contactAt();
  contact.heard();
  contact.heardAt(addMs(NOW, -60_000));
  expect(contact.facts()).toMatchObject({ lastAt: NOW });
  clock.advance(1_000);
  contact.heardAt(addMs(NOW, 3_600_000));
  expect(contact.facts()).toMatchObject({ lastAt: addMs(NOW, 1_000) });
});

test('an edge that stands alone hears nobody', () => {
  const { contact } = contactAt(false);
  contact.heardAt(NOW);
  expect(contact.facts()).toEqual({ kind: 'stand-alone' });
});
