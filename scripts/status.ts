import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { askEdge } from '@gatehouse/edge/sync/local-socket.ts';
import type { EdgeStatus } from '@gatehouse/edge/sync/parent-link.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { contactText, tradingText } from './contact-text.ts';
import { namedEdgeFolder } from './edge-data.ts';
import { shownFigure } from './shown-figure.ts';

const MS_PER_SECOND = 1_000;
const usage = `gatehouse status [--name EDGE] [--json]
  --name EDGE   an edge of this machine that was enrolled; without it the edge of "gatehouse start"`;

/** What the running edge of this machine is doing. */
export const command: Command = {
  usage,
  async run(args) {
    const { values } = parseOptions(args, { json: { type: 'boolean' }, name: { type: 'string' } }, usage);
    const answer = await askEdge(namedEdgeFolder(readScriptConfig().data, values.name), { command: 'status' });
    if (values.json === true) process.stdout.write(`${JSON.stringify(answer)}\n`);
    else process.stdout.write(statusText(answer as unknown as EdgeStatus, systemClock().now()));
    return 0;
  },
};

function statusText(status: EdgeStatus, now: Instant): string {
  const { uplink } = status;
  const hub =
    uplink === undefined
      ? 'no hub is configured'
      : `${uplink.connected ? 'connected' : 'not connected'}, ${uplink.ackedSeq} of ${status.headSeq} entries acknowledged${catchUpText(uplink)}`;
  return `Edge ${status.edge}, PAPER — DEMO
  trading    ${tradingText(status)} (halt epoch ${status.haltEpoch})${killsText(status)}
  run        ${status.run}, ${status.phase}, ${status.done} of ${status.bars} bars, market day ${status.day || 'none yet'}
  account    ${status.account}, equity ${status.equity === undefined ? 'not valued yet' : `${shownFigure(status.equity)} ${status.currency}`}, position ${status.position}
  orders     ${status.tally['orders'] ?? 0}, refused ${status.tally['refused'] ?? 0}, open ${status.openOrders}
${orderLines(status)}  journal    ${status.durableSeq} entries on disk
  hub        ${hub}
  contact    ${contactText(status.contact, now)}
`;
}

/** How long until the hub has everything, and what keeps it from that; nothing where it has. */
function catchUpText(uplink: NonNullable<EdgeStatus['uplink']>): string {
  const { pending, perSecond, secondsLeft, trouble, connected } = uplink;
  // What does not move has no pace: a backlog without a line takes as long as the line is away.
  const left = secondsLeft === undefined || !connected ? '' : `, about ${secondsLeft} s at ${perSecond} a second`;
  return `${pending === 0 ? '' : `; ${pending} to send${left}`}${trouble === undefined ? '' : `; ${trouble}`}`;
}

/** What needs a person's eye about orders and books; nothing where all is well. */
function orderLines({ unresolved = [], held = [], link, doubts = [] }: EdgeStatus): string {
  const lines = [
    ...(link === undefined ? [] : [`venue      ${link.state}${link.state === 'up' ? '' : `: ${link.reason}`}`]),
    ...unresolved.map(({ order, state, forMs, asked }) => {
      const seconds = Math.round(forMs / MS_PER_SECOND);
      return `unknown    ${order} is ${state}; asked ${asked} times in ${seconds} s`;
    }),
    ...held.map(
      ({ order, stage, reason }) => `held       ${order}, ${stage}${reason === undefined ? '' : `: ${reason}`}`,
    ),
    ...doubts.map((doubt) => `books      ${doubt}`),
  ];
  return lines.map((line) => `  ${line}\n`).join('');
}

/** What is stopped, by the name that a release gives. */
function killsText({ halts }: EdgeStatus): string {
  return halts.map(({ id, level, scopes }) => `\n             ${id} (${level}) for ${scopes.join(' and ')}`).join('');
}
