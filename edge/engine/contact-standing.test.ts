import { contactAge } from '@gatehouse/compliance/controls/contact-age.ts';
import { demoSheet } from '@gatehouse/compliance/starter-sheet.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { lei } from '@gatehouse/shared/values/identifiers.ts';
import { addMs, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { contactStanding } from './contact-standing.ts';
import { DEMO_IDENTITY } from './demo-account.ts';

const NOW = parseInstant('2026-01-05T10:00:00Z');
const at = (ms: number) => addMs(NOW, ms);

function sheetWith(contactAgeMsMax: number, standAlone = 'no'): Sheet {
  const { legalEntity, account } = DEMO_IDENTITY;
  const sheet = demoSheet({ id: 's', legalEntity: lei(legalEntity), accounts: [account], from: NOW, maker: 'P-a' });
  const on = [{ scope: 'firm' as const, figures: { contactAgeMsMax, standAlone }, reason: 'So it was signed.' }];
  const owner = 'P-a';
  const line = { control: contactAge.id, version: contactAge.version, on, owner };
  return { ...sheet, controls: sheet.controls.map((one) => (one.control === contactAge.id ? line : one)) };
}

function hub(lastMs: number, leaseMs: number | undefined): NonNullable<DecisionFacts['contact']> {
  return { kind: 'hub', lastAt: at(lastMs), ...(leaseMs === undefined ? {} : { leaseTo: at(leaseMs) }) };
}

test('trading goes on while the lease runs, reduces from its end on, and is halted once the hub was silent for too long', () => {
  const sheet = sheetWith(60_000);
  const modeOf = (lastMs: number, leaseMs?: number) =>
    contactStanding({ facts: hub(lastMs, leaseMs), sheet, now: NOW }).mode;
  expect(modeOf(-1_000, 1)).toBe('active');
  expect(modeOf(-1_000, 0)).toBe('reducing');
  expect(modeOf(-60_000, -1)).toBe('reducing');
  expect(modeOf(-60_001, -1)).toBe('halted');
  expect(modeOf(-60_001, 1_000)).toBe('halted');
  expect(modeOf(-1_000)).toBe('halted');
});

test('it says when the next step comes if the hub stays silent', () => {
  expect(contactStanding({ facts: hub(-5_000, 20_000), sheet: sheetWith(60_000), now: NOW })).toEqual({
    mode: 'active',
    heardAt: instantText(at(-5_000)),
    reducesFrom: instantText(at(20_000)),
    haltsFrom: instantText(at(55_000)),
  });
});

test('an edge that never heard its hub, or has no sheet, is halted; one without a hub does what the sheet permits', () => {
  expect(contactStanding({ facts: { kind: 'hub' }, sheet: sheetWith(60_000), now: NOW })).toEqual({ mode: 'halted' });
  expect(contactStanding({ facts: hub(0, 1_000), sheet: undefined, now: NOW })).toEqual({ mode: 'halted' });
  const alone = (standAlone: string) =>
    contactStanding({ facts: { kind: 'stand-alone' }, sheet: sheetWith(60_000, standAlone), now: NOW }).mode;
  expect([alone('yes'), alone('no')]).toEqual(['stands-alone', 'halted']);
});

test('a sheet that turns the control off binds nothing to contact', () => {
  const { legalEntity, account } = DEMO_IDENTITY;
  const sheet = demoSheet({ id: 's', legalEntity: lei(legalEntity), accounts: [account], from: NOW, maker: 'P-a' });
  expect(contactStanding({ facts: hub(-3_600_000, undefined), sheet, now: NOW })).toEqual({
    mode: 'unbound',
    heardAt: instantText(at(-3_600_000)),
  });
});
