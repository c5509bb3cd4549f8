import { type OrderHistory, readOrderHistory } from '@gatehouse/hub/store/pages/order-history.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type DecisionBody, DecisionBody as DecisionSchema } from '@gatehouse/shared/schema/decision.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { type Command, parseOptions } from './command.ts';
import { withHubRecords } from './hub-records.ts';

const usage = 'gatehouse explain ORDER';

/** Why an order was approved or refused: each control's verdict with what it observed, and what became of the order. */
export const command: Command = {
  usage,
  run(args) {
    const { positionals } = parseOptions(args, {}, usage);
    const [order] = positionals;
    if (order === undefined) throw new KitError('COMMAND_INVALID', 'no order was named', { hint: `Usage: ${usage}` });
    return withHubRecords(async ({ database }) => {
      const history = await readOrderHistory(database, order);
      if (history === undefined) {
        throw new KitError('NOT_FOUND', `the hub has no order ${order}`, {
          hint: 'Copy the id from the console’s page of orders.',
        });
      }
      process.stdout.write(historyText(history));
      return 0;
    });
  },
};

function historyText({ orderId, state, filledQuantity, entries }: OrderHistory): string {
  const lines = entries.map((entry) => {
    const place = `leaf ${entry.leaf}  ${entry.at}  ${entry.kind}`;
    return entry.body === null
      ? `${place}: the body was destroyed`
      : `${place}${bodyText(entry.kind, JSON.parse(entry.body))}`;
  });
  return `Order ${orderId}: ${state}, filled ${filledQuantity}\n${lines.join('\n')}\n`;
}

function bodyText(kind: string, body: Readonly<Record<string, unknown>>): string {
  if (kind === 'decision') return decisionText(decode(DecisionSchema, body, 'the recorded decision'));
  if (kind === 'order')
    return `: ${String(body['state'])}${body['reason'] === undefined ? '' : `, ${String(body['reason'])}`}`;
  if (kind === 'fill') return `: ${String(body['side'])} ${String(body['quantity'])} at ${String(body['price'])}`;
  return '';
}

function decisionText(decision: DecisionBody): string {
  const rows = decision.rows.map(({ verdict, control, version, scope, reason, figures }) => {
    const observed = Object.entries(figures ?? {}).map(([name, value]) => `${name} ${value}`);
    const detail = observed.length === 0 ? '' : `\n${''.padEnd(20)}${observed.join(', ')}`;
    return `  ${verdict.padEnd(16)}${control}@${version} (${scope}): ${reason}${detail}`;
  });
  return `: ${decision.outcome}, against sheet ${decision.sheet.slice(0, 12)}…, halt epoch ${decision.facts.haltEpoch}\n${rows.join('\n')}`;
}
