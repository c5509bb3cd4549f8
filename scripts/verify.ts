import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyJournal } from '@gatehouse/edge/journal/verify-journal.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { EDGE_ID, edgeDataFolder } from './edge-data.ts';
import { withHubRecords } from './hub-records.ts';
import { progressLine } from './progress-line.ts';

const usage = `gatehouse verify [journal|ledger]
  journal   every entry of the edge's journal; the edge must not run
  ledger    every leaf of the hub's ledger, beside a running hub or without one`;

/** Checks every record of this machine: the edge's journal and the hub's ledger. */
export const command: Command = {
  usage,
  async run(args) {
    const { positionals } = parseOptions(args, {}, usage);
    const [what] = positionals;
    if (positionals.length > 1 || (what !== undefined && what !== 'journal' && what !== 'ledger')) {
      throw new KitError('COMMAND_INVALID', `cannot verify ${positionals.join(' ')}`, { hint: `Usage: ${usage}` });
    }
    const exits: number[] = [];
    if (what !== 'ledger') exits.push(await verifyEdge());
    if (what !== 'journal') exits.push(await verifyHub());
    return Math.max(...exits);
  },
};

async function verifyEdge(): Promise<number> {
  const root = edgeDataFolder(readScriptConfig().data);
  const keyFile = join(root, 'edge.vkey');
  if (!existsSync(keyFile))
    throw new KitError('NOT_FOUND', `there is no edge in ${root}`, { hint: 'Run "npm start" first.' });
  const verifierKey = readFileSync(keyFile, 'utf8').trim();
  const report = await verifyJournal({ folder: join(root, 'journal'), edge: EDGE_ID, verifierKey }, () =>
    performance.now(),
  );
  const { entries, segments, head, seconds } = report;
  const end = head === undefined ? 'empty' : `head ${head.epoch}/${head.seq} ${head.hash}`;
  process.stdout.write(
    `journal: ${entries} entries in ${segments} segment${segments === 1 ? '' : 's'} verify, ${end} (${seconds.toFixed(2)} s)\n`,
  );
  return 0;
}

function verifyHub(): Promise<number> {
  return withHubRecords(async (records) => {
    const line = progressLine(process.stdout);
    const result = await records.verify((done, total) => line.show({ done, total, unit: 'leaves', label: '' }));
    line.pause();
    const { leaves, streams, checkpoints, root, seconds, findings, unlisted } = result;
    if (findings.length === 0) {
      process.stdout.write(
        `ledger: ${leaves} leaves of ${streams} streams and ${checkpoints} checkpoints verify, root ${root} (${seconds.toFixed(2)} s)\n`,
      );
      return 0;
    }
    for (const finding of findings) process.stderr.write(`ledger: ${JSON.stringify(finding)}\n`);
    if (unlisted > 0) process.stderr.write(`ledger: and ${unlisted} more findings\n`);
    return 3;
  });
}
