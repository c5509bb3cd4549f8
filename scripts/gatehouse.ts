import { describeError, exitCodeOf } from '@gatehouse/shared/errors.ts';
import type { Command } from './command.ts';

interface Listed {
  readonly summary: string;
  readonly audience: 'operator' | 'developer';
  load(): Promise<{ readonly command: Command }>;
}

const commands: Readonly<Record<string, Listed>> = {
  start: {
    summary: 'run hub and edge, replay real prices, keep records, open the console',
    audience: 'operator',
    load: () => import('./start.ts'),
  },
  status: { summary: 'what the running edge is doing', audience: 'operator', load: () => import('./status.ts') },
  kill: {
    summary: 'stop trading, take orders back, close positions; with or without a running edge',
    audience: 'operator',
    load: () => import('./kill.ts'),
  },
  release: {
    summary: 'end a kill by a document that two people signed',
    audience: 'operator',
    load: () => import('./release.ts'),
  },
  limits: {
    summary: 'make, show, compare and apply signed limit sheets',
    audience: 'operator',
    load: () => import('./limits.ts'),
  },
  sign: {
    summary: 'read a document in words and sign it',
    audience: 'operator',
    load: () => import('./sign.ts'),
  },
  keys: { summary: 'make the sealed signing key of a person', audience: 'operator', load: () => import('./keys.ts') },
  enrol: {
    summary: 'let this machine ask a hub to be one of its edges, by a token',
    audience: 'operator',
    load: () => import('./enrol.ts'),
  },
  edge: {
    summary: 'run one enrolled edge on this machine, without a hub',
    audience: 'operator',
    load: () => import('./edge.ts'),
  },
  credentials: {
    summary: 'keep the secrets of venue accounts, sealed; list, rotate and remove them',
    audience: 'operator',
    load: () => import('./credentials.ts'),
  },
  trust: {
    summary: 'who may sign what: make, show and apply',
    audience: 'operator',
    load: () => import('./trust.ts'),
  },
  epoch: {
    summary: 'end a fork: open the next epoch of an edge by a document that two people signed',
    audience: 'operator',
    load: () => import('./epoch.ts'),
  },
  facts: {
    summary: 'dated files that the hub gives to its edges: propose, publish, list',
    audience: 'operator',
    load: () => import('./facts.ts'),
  },
  override: {
    summary: 'let one order pass that a control refuses, by a signed ticket',
    audience: 'operator',
    load: () => import('./override.ts'),
  },
  reconcile: {
    summary: "compare the running edge's books with its venue account now",
    audience: 'operator',
    load: () => import('./reconcile.ts'),
  },
  statement: {
    summary: "compare a broker's or exchange's statement with the running edge's books",
    audience: 'operator',
    load: () => import('./statement.ts'),
  },
  breaks: {
    summary: 'what differs between records: list, assign, explain, adjust',
    audience: 'operator',
    load: () => import('./breaks.ts'),
  },
  verify: {
    summary: "check the edge's journal, the hub's ledger, or any hub's log by its public key alone",
    audience: 'operator',
    load: () => import('./verify.ts'),
  },
  witness: {
    summary: "watch a hub's log from elsewhere and sign what it became",
    audience: 'operator',
    load: () => import('./witness.ts'),
  },
  rejudge: {
    summary: 'make every recorded decision again and compare',
    audience: 'operator',
    load: () => import('./rejudge.ts'),
  },
  explain: {
    summary: 'why an order was approved or refused, and what became of it',
    audience: 'operator',
    load: () => import('./explain.ts'),
  },
  'simulate-limits': {
    summary: 'what past orders would have met under a proposed limit sheet',
    audience: 'operator',
    load: () => import('./simulate-limits.ts'),
  },
  'control-book': {
    summary: 'write the controls, their sources and the limits in force as a PDF',
    audience: 'operator',
    load: () => import('./control-book.ts'),
  },
  rebuild: {
    summary: "make the hub's projections again from the ledger",
    audience: 'operator',
    load: () => import('./rebuild.ts'),
  },
  report: {
    summary: 'make a report, or make an old one again and compare',
    audience: 'operator',
    load: () => import('./report.ts'),
  },
  backup: {
    summary: 'copy the database while it is in use; list what there is',
    audience: 'operator',
    load: () => import('./backup.ts'),
  },
  restore: {
    summary: 'make the database again from a backup and its log, up to a moment or to the end',
    audience: 'operator',
    load: () => import('./restore.ts'),
  },
  drill: {
    summary: 'restore to a second place, verify every record there, and say what a failure would cost',
    audience: 'operator',
    load: () => import('./drill.ts'),
  },
  archive: {
    summary: 'the closed parts of the ledger in their store: list, verify, restore one as files',
    audience: 'operator',
    load: () => import('./archive.ts'),
  },
  retention: {
    summary: 'how long records are kept and why; clock events, holds, and what may be disposed of',
    audience: 'operator',
    load: () => import('./retention.ts'),
  },
  doctor: {
    summary: 'check runtime, ports, disk, clock and folder rights',
    audience: 'operator',
    load: () => import('./doctor.ts'),
  },
  bench: { summary: 'measure, each figure beside a baseline', audience: 'developer', load: () => import('./bench.ts') },
  check: { summary: 'everything that a change must pass', audience: 'developer', load: () => import('./check.ts') },
  boundaries: {
    summary: 'import directions between the folders',
    audience: 'developer',
    load: () => import('./boundaries.ts'),
  },
  mutation: {
    summary: 'change each control in small ways; do its examples notice?',
    audience: 'developer',
    load: () => import('./mutation.ts'),
  },
  faults: { summary: 'the long form of the fault tests', audience: 'developer', load: () => import('./faults.ts') },
};

function help(): string {
  const line = ([name, listed]: [string, Listed]) => `  ${name.padEnd(17)}${listed.summary}`;
  const of = (audience: Listed['audience']) =>
    Object.entries(commands)
      .filter(([, listed]) => listed.audience === audience)
      .map(line)
      .join('\n');
  return `gatehouse COMMAND [options]\n\n${of('operator')}\n\nFor developers:\n${of('developer')}\n\n"gatehouse COMMAND --help" says more.\n`;
}

async function main(name: string | undefined, args: readonly string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help') {
    process.stdout.write(help());
    return 0;
  }
  const listed = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (listed === undefined) {
    process.stderr.write(`gatehouse: there is no command "${name}".\n\n${help()}`);
    return 2;
  }
  const { command } = await listed.load();
  if (args.includes('--help')) {
    process.stdout.write(`${listed.summary}\n\n${command.usage}\n`);
    return 0;
  }
  return command.run(args);
}

// A terminal that was closed, or a reader like `head` that has enough, must not end a firm in the middle of its work.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

try {
  process.exitCode = await main(process.argv[2], process.argv.slice(3));
} catch (error) {
  process.stderr.write(`gatehouse: ${describeError(error)}\n`);
  if (exitCodeOf(error) === 70 && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.exitCode = exitCodeOf(error);
}
// The channel of the door would keep the process alive; where the door was killed, there is none any more.
if (process.connected) process.disconnect();
