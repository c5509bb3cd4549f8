import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SP500_INDEX } from '@gatehouse/edge/feeds/sp500.ts';
import { CONNECTOR_CASES, type ConnectorCaseId, standingOf } from '@gatehouse/edge/venues/connector-cases.ts';
import type { Connector } from '@gatehouse/edge/venues/define-connector.ts';
import { CONNECTORS } from '@gatehouse/edge/venues/index.ts';
import { Sentence } from '@gatehouse/shared/schema/fields.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { afterAll, expect, test } from 'vitest';
import { CASE_BODIES, isMet } from './cases/index.ts';
import { STAGES } from './stages/index.ts';

type Outcome = 'pass' | 'exempt' | 'lacks';

const outcomes = new Map<string, Outcome>();
const keyOf = (connector: Connector, id: ConnectorCaseId): string => `${connector.id} ${id}`;

test('each case has a number and an id of its own, in the order of the numbers', () => {
  expect(CONNECTOR_CASES.map(({ number }) => number)).toEqual(CONNECTOR_CASES.map((_, index) => index + 1));
  expect(new Set(CONNECTOR_CASES.map(({ id }) => id)).size).toBe(CONNECTOR_CASES.length);
  expect(Object.keys(CASE_BODIES).sort()).toEqual(CONNECTOR_CASES.map(({ id }) => id).sort());
});

test('every connector has a stage to play the cases on, and every stage a connector', () => {
  expect(Object.keys(STAGES).sort()).toEqual(CONNECTORS.map(({ id }) => id).sort());
});

for (const connector of CONNECTORS) {
  const stage = STAGES[connector.id];

  test(`${connector.id} lies in a file of its name, and states the rules by which it fills`, () => {
    const file = new URL(`../../edge/venues/${connector.id}.ts`, import.meta.url);
    expect(existsSync(fileURLToPath(file))).toBe(true);
    const rulesText = connector.fillRules({ instrument: SP500_INDEX, feeBps: decimal('0.5') }).join(' ');
    expect(rulesText).toMatch(/0\.5 bps/);
  });

  test(`${connector.id} is exempt only from cases that there are and that it could have met, each with a sentence of why`, () => {
    const exempt = Object.entries(connector.exemptions);
    for (const [id, reason] of exempt) {
      const found = CONNECTOR_CASES.find((one) => one.id === id);
      expect(found, `there is no case ${id}`).toBeDefined();
      expect(Sentence.safeParse(reason).success && /^\p{Lu}.{10,}\.$/u.test(reason)).toBe(true);
      if (found !== undefined) expect(standingOf(found, connector).kind).toBe('exempt');
    }
  });

  for (const one of CONNECTOR_CASES) {
    const standing = standingOf(one, connector);
    test(`${connector.id} ${one.number} ${one.id}`, async ({ skip }) => {
      if (stage === undefined) throw new Error(`the connector ${connector.id} has no stage`);
      if (standing.kind === 'runs') await CASE_BODIES[one.id](stage);
      if (standing.kind === 'exempt')
        expect(await isMet(one.id, stage), 'the case passes, so its exemption has to go').toBe(false);
      outcomes.set(keyOf(connector, one.id), standing.kind === 'runs' ? 'pass' : standing.kind);
      if (standing.kind !== 'runs') skip(standing.reason);
    });
  }
}

afterAll(() => {
  const width = Math.max(...CONNECTOR_CASES.map(({ id }) => id.length));
  const head = `  # ${'case'.padEnd(width)} ${CONNECTORS.map(({ id }) => id.padEnd(7)).join(' ')} capability`;
  const rows = CONNECTOR_CASES.map((one) => {
    const cells = CONNECTORS.map((connector) => (outcomes.get(keyOf(connector, one.id)) ?? '-').padEnd(7));
    return `${`${one.number}`.padStart(3)} ${one.id.padEnd(width)} ${cells.join(' ')} ${one.capability}`;
  });
  const reasons = CONNECTORS.flatMap((connector) =>
    CONNECTOR_CASES.flatMap((one) => {
      const standing = standingOf(one, connector);
      return standing.kind === 'runs' ? [] : [`${connector.id} ${one.number}: ${standing.reason}`];
    }),
  );
  process.stdout.write(`${[head, ...rows, '', ...reasons].join('\n')}\n`);
});
