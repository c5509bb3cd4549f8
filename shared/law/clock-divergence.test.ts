import { expect, test } from 'vitest';
import { CLOCK_ACTIVITIES, clockDivergence } from './clock-divergence.ts';

test('every activity has a figure today', () => {
  for (const activity of CLOCK_ACTIVITIES) {
    expect(clockDivergence(activity, '2026-11-21').errorUsMax).toBeGreaterThan(0);
  }
});

test('the figures of the EU stay the same as another act takes over, and the UK keeps its act', () => {
  expect(clockDivergence('eu-algorithmic', '2026-03-01')).toMatchObject({
    errorUsMax: 1_000,
    act: { id: 'eu-2017-574' },
  });
  expect(clockDivergence('eu-algorithmic', '2026-03-02')).toMatchObject({
    errorUsMax: 1_000,
    act: { id: 'eu-2025-1155' },
  });
  expect(clockDivergence('uk-high-frequency', '2026-03-02')).toMatchObject({
    errorUsMax: 100,
    act: { id: 'eu-2017-574' },
  });
});

test('before a rule there is no figure', () => {
  expect(() => clockDivergence('eu-manual', '2018-01-02')).toThrow(/2018-01-02/);
  expect(clockDivergence('eu-manual', '2018-01-03').errorUsMax).toBe(1_000_000);
});
