import { parseTarget } from '@gatehouse/compliance/retention/target.ts';
import { createDisposal } from '@gatehouse/hub/ledger/disposal/dispose.ts';
import { approvalOf, depsOf, openHub } from './disposal-stage.ts';

// A process that disposes of a month, says each step that is done, and stands still after a chosen one until it is killed.

const [data = '', proposal = '', target = '', stopAfter = ''] = process.argv.slice(2);
const records = await openHub(data);
const deps = depsOf(data, records, (line) => {
  process.stdout.write(`${line}\n`);
  if (line.endsWith(`${stopAfter} is done`)) standStill();
});
process.stdout.write('begins\n');
await createDisposal(deps).dispose(parseTarget(target), approvalOf(proposal));
process.stdout.write('certified\n');
await records.close();

function standStill(): void {
  process.stdout.write('stands still\n');
  // Nothing of this thread goes on, so that the next step has not begun when the kill comes.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
