import { type Decision, decide } from '@gatehouse/compliance/gate.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import { createCrowd } from './crowd.ts';
import { inOrder, type Measurement, quantile } from './figure.ts';

const CROWD = { strategies: 20, instruments: 500, openOrders: 5_000 } as const;
const WARM_UP = 40_000;
const DECISIONS = 300_000;
const SAMPLED = 100_000;

/** The gate with every control on: 20 strategies, 500 instruments, 5,000 open orders; nine of ten orders pass. */
export const gate: Measurement = {
  figures: [
    { name: 'gate.decisions_per_s', unit: 'decisions/s', digits: 0, bar: '≥ 100,000' },
    { name: 'gate.p99_us', unit: 'µs', digits: 1, bar: '≤ 50' },
    { name: 'gate.rows', unit: 'rows', digits: 0, bar: '60 to 100' },
  ],
  measure() {
    const { own, files, rules, facts, orders } = createCrowd(CROWD);
    const judge = (index: number): Decision => {
      const order = orders[index % orders.length] ?? orders[0];
      assert(order !== undefined, 'there is an order to judge');
      // Each decision has facts of its own, as in trading; what the gate keeps for one moment helps it nothing here.
      return decide({ order, facts: { ...facts }, files, own, rules });
    };
    const decisions = orders.map((_, index) => judge(index));
    const approved = decisions.filter((one) => one.approved).length;
    assert(approved === orders.length * 0.9, `nine of ten orders pass, and ${approved} did`);
    const rows = decisions[0]?.rows.length ?? 0;

    const perS = (times: number, work: (index: number) => void): number => {
      for (let index = 0; index < WARM_UP; index += 1) work(index);
      const from = performance.now();
      for (let index = 0; index < times; index += 1) work(index);
      return (times / (performance.now() - from)) * 1_000;
    };
    const bare = (index: number): boolean => bareCheck(orders[index % orders.length] ?? orders[0]);
    const gatePerS = perS(DECISIONS, judge);
    const barePerS = perS(DECISIONS, bare);
    const gateUs = sampleUs(judge);
    const bareUs = sampleUs(bare);
    const baselineName = 'four comparisons in floats, no record';
    return Promise.resolve({
      'gate.decisions_per_s': { value: gatePerS, baseline: barePerS, baselineName, n: DECISIONS },
      'gate.p99_us': { value: quantile(gateUs, 0.99), baseline: quantile(bareUs, 0.99), baselineName, n: SAMPLED },
      'gate.rows': { value: rows, baseline: 4, baselineName, n: 1 },
    });
  },
};

/** What a trader's script does instead of a gate. */
function bareCheck(order: Decision['order'] | undefined): boolean {
  const quantity = Number(order?.quantity.units ?? 0n) / 10 ** (order?.quantity.scale ?? 0);
  const price = Number(order?.limitPrice?.units ?? 0n) / 10 ** (order?.limitPrice?.scale ?? 0);
  return quantity <= 100 && quantity * price <= 1_000_000 && Math.abs(price - 100) <= 2 && quantity > 0;
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
