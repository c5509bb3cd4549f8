import { controls } from '@gatehouse/compliance/controls/index.ts';
import { exampleFacts, exampleOrder, statesWith } from '@gatehouse/compliance/examples/base.ts';
import { exampleLine, exampleSheet } from '@gatehouse/compliance/examples/sheet.ts';
import { decide } from '@gatehouse/compliance/gate.ts';
import { compileRules } from '@gatehouse/compliance/rule-set.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import { inOrder, type Measurement, quantile } from './figure.ts';

const WARM_UP = 20_000;
const DECISIONS = 200_000;
const SAMPLED = 100_000;

/** The gate over realistic facts: every control, two scopes each where the control has scopes, one pass and one refusal. */
export const gate: Measurement = {
  figures: [
    { name: 'gate.decisions_per_s', unit: 'decisions/s', digits: 0, bar: '≥ 100,000' },
    { name: 'gate.p99_us', unit: 'µs', digits: 1, bar: '≤ 50' },
  ],
  measure() {
    const rules = compileRules({ controls, sheet: twoScopeSheet(), sheetHash: '0'.repeat(64) });
    const facts = exampleFacts({ states: statesWith({}) });
    const orders = [exampleOrder(), exampleOrder({ id: 'O-2', quantity: '5000' })];
    const request = (index: number) => ({ order: orders[index % 2] ?? exampleOrder(), facts, rules });
    const approved = [0, 1].map((index) => decide(request(index)).approved);
    assert(approved[0] === true && approved[1] === false, 'the measured orders are one pass and one refusal');

    const perS = (times: number, work: (index: number) => void) => {
      for (let index = 0; index < WARM_UP; index += 1) work(index);
      const from = performance.now();
      for (let index = 0; index < times; index += 1) work(index);
      return (times / (performance.now() - from)) * 1_000;
    };
    const decisions = perS(DECISIONS, (index) => decide(request(index)));
    const bare = perS(DECISIONS, (index) => bareCheck(request(index)));
    const gateUs = sampleUs((index) => decide(request(index)));
    const bareUs = sampleUs((index) => bareCheck(request(index)));
    const baselineName = 'six comparisons in floats, no record';
    return Promise.resolve({
      'gate.decisions_per_s': { value: decisions, baseline: bare, baselineName, n: DECISIONS },
      'gate.p99_us': { value: quantile(gateUs, 0.99), baseline: quantile(bareUs, 0.99), baselineName, n: SAMPLED },
    });
  },
};

function twoScopeSheet() {
  const lines = exampleSheet().controls.map((line) => {
    if (!('on' in line)) return line;
    const [rule] = line.on;
    const other = exampleLine(line.control, {}, 'instrument:demo-index');
    const isScoped = rule !== undefined && line.control !== 'trading-state' && 'on' in other;
    return isScoped ? { ...line, on: [rule, ...other.on] } : line;
  });
  return exampleSheet({ controls: lines });
}

/** What a trader's script does instead of a gate. */
function bareCheck({ order, facts }: Parameters<typeof decide>[0]): boolean {
  const quantity = Number(order.quantity.units) / 10 ** order.quantity.scale;
  const price = Number(order.limitPrice?.units ?? 0n) / 10 ** (order.limitPrice?.scale ?? 0);
  const reference = Number(facts.reference?.price.units ?? 0n) / 10 ** (facts.reference?.price.scale ?? 0);
  const position = Number(facts.position?.quantity.units ?? 0n);
  const isNew = !(facts.recent?.orders ?? []).some((recent) => recent.id === order.id);
  return (
    quantity <= 100 &&
    quantity * price <= 100_000 &&
    Math.abs(price - reference) <= reference * 0.02 &&
    position + quantity <= 150 &&
    isNew &&
    facts.haltEpoch >= 0
  );
}

function sampleUs(work: (index: number) => void): readonly number[] {
  const took: number[] = [];
  for (let index = 0; index < SAMPLED; index += 1) {
    const from = performance.now();
    work(index);
    took.push((performance.now() - from) * 1_000);
  }
  return inOrder(took);
}
