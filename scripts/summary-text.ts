import type { EdgeStatus } from '@gatehouse/edge/sync/parent-link.ts';
import type { HubSummary } from '@gatehouse/hub/parent-link.ts';

/** What a run ended with, as both sides tell it. */
export interface RunSummary {
  readonly hub: HubSummary;
  readonly edge: EdgeStatus;
  readonly console: string;
  readonly isDrained: boolean;
}

const LABEL_WIDTH = 17;

/** The summary of a run, for a person at a terminal. */
export function summaryText({ hub, edge, console, isDrained }: RunSummary): string {
  const refusals = Object.entries(hub.refusedByControl).sort(([, a], [, b]) => b - a);
  const acked = edge.uplink?.ackedSeq ?? 0;
  const lines: readonly (readonly [string, string])[] = [
    ['Orders', `${hub.orders}, of which ${edge.tally['refused'] ?? 0} refused`],
    ...refusals.map(([control, count]) => ['', `${`${count}`.padStart(5)} by ${control}`] as const),
    ['Fills', `${hub.fills}`],
    ...hub.accounts.flatMap((account) => [
      [
        'Profit and loss',
        `${account.profit} ${account.currency} since the start (realised ${account.realised}, unrealised ${account.unrealised}, fees ${account.fees})`,
      ] as const,
      [
        'Equity',
        `${account.equity} ${account.currency} on account ${account.account} at the close of ${account.day}`,
      ] as const,
    ]),
    ['Entries sent', `${acked} of ${edge.headSeq} acknowledged by the hub${isDrained ? '' : '; the rest follows'}`],
    ['Ledger', `${hub.ledgerSize} entries, root ${hub.ledgerRoot}`],
    ['Files', hub.files.join(`\n${''.padEnd(LABEL_WIDTH + 2)}`)],
    ['Console', console],
  ];
  const body = lines.map(([label, text]) => `  ${label.padEnd(LABEL_WIDTH)}${text}`).join('\n');
  return `\nThe replay is complete.\n${body}\n`;
}
