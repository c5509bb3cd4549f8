import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { EDGE_ID, edgeDataFolder } from './edge-data.ts';
import { progressLine } from './progress-line.ts';
import { rangeOf, verifyLogCommand, verifyProofCommand } from './verify-log.ts';

const usage = `gatehouse verify [journal|ledger]
  journal   every entry of the edge's journal; the edge must not run
  ledger    every leaf of the hub's ledger, beside a running hub or without one

gatehouse verify --log URL|FOLDER --key FILE|KEY [--range A-B | --entry N] [--seen FILE…] [--witness FILE|KEY…]
  a log by its files and the hub's public key alone; --seen names checkpoints that were kept before, the log must
  hold what they signed; --witness names witnesses that must have cosigned it
gatehouse verify --proof FILE --key FILE|KEY [--file FILE] [--witness FILE|KEY…]
  one record with its proof, and a file (a report, an export) that the record must name`;

const options = {
  log: { type: 'string' },
  key: { type: 'string' },
  range: { type: 'string' },
  entry: { type: 'string' },
  seen: { type: 'string', multiple: true },
  witness: { type: 'string', multiple: true },
  proof: { type: 'string' },
  file: { type: 'string' },
} as const;

interface StrangerOptions {
  log?: string;
  key?: string;
  range?: string;
  entry?: string;
  seen?: string[];
  witness?: string[];
  proof?: string;
  file?: string;
}

/** Checks every record of this machine, the edge's journal and the hub's ledger, or a log of any hub by its key alone. */
export const command: Command = {
  usage,
  async run(args) {
    const { positionals, values } = parseOptions(args, options, usage);
    if (Object.keys(values).length > 0) return verifyAsStranger(values, positionals);
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

/** Needs neither a database nor a key but the public one. */
function verifyAsStranger(
  { log, key, range, entry, seen = [], witness = [], proof, file }: Readonly<StrangerOptions>,
  positionals: readonly string[],
): Promise<number> {
  const isOne = (log === undefined) !== (proof === undefined) && (range === undefined || entry === undefined);
  const fitsProof = proof === undefined || ((range ?? entry) === undefined && seen.length === 0);
  const fitsLog = log === undefined || file === undefined;
  if (key === undefined || !isOne || !fitsProof || !fitsLog || positionals.length > 0) {
    throw new KitError('COMMAND_INVALID', 'these options do not belong together', { hint: `Usage: ${usage}` });
  }
  if (proof !== undefined) return verifyProofCommand({ proof, key, witnesses: witness, file });
  const part = range ?? entry;
  const wish = { key, seen, witnesses: witness, range: part === undefined ? undefined : rangeOf(part) };
  return verifyLogCommand({ ...wish, log: log ?? '' });
}

async function verifyEdge(): Promise<number> {
  const { verifyJournal } = await import('@gatehouse/edge/journal/verify-journal.ts');
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

async function verifyHub(): Promise<number> {
  // Whoever verifies a log by its files alone needs nothing of a database.
  const { withHubRecords } = await import('./hub-records.ts');
  return withHubRecords(async (records) => {
    const line = progressLine(process.stdout);
    const result = await records.verify((done, total) => line.show({ done, total, unit: 'leaves', label: '' }));
    line.pause();
    const { leaves, streams, checkpoints, disposed, root, seconds, findings, unlisted } = result;
    if (findings.length === 0) {
      const gone = disposed === 0 ? '' : `, ${disposed} bodies disposed of under certificates`;
      process.stdout.write(
        `ledger: ${leaves} leaves of ${streams} streams and ${checkpoints} checkpoints verify${gone}, root ${root} (${seconds.toFixed(2)} s)\n`,
      );
      return 0;
    }
    for (const finding of findings) process.stderr.write(`ledger: ${JSON.stringify(finding)}\n`);
    if (unlisted > 0) process.stderr.write(`ledger: and ${unlisted} more findings\n`);
    return 3;
  });
}
