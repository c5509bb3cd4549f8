import type { GateRow } from '@gatehouse/compliance/gate.ts';
import type { Difference } from '@gatehouse/compliance/rejudge.ts';
import { type Figures, figureTexts } from '@gatehouse/compliance/verdict.ts';
import { type ExplainedDecision, type ExplainedOrder, explainOrder } from '@gatehouse/hub/ledger/explain-order.ts';
import type { LeafEntry } from '@gatehouse/hub/store/pages/order-history.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { DecisionRow } from '@gatehouse/shared/schema/decision.ts';
import { type Command, parseOptions } from './command.ts';
import { withHubRecords } from './hub-records.ts';
import { shownFigure } from './shown-figure.ts';

const usage = 'gatehouse explain ORDER';

/** Where the second line of a row begins. */
const INDENT = ''.padEnd(18);

/** Why an order was approved or refused: each control's verdict with limits, figures and reason, and what became of the order. */
export const command: Command = {
  usage,
  run(args) {
    const { positionals } = parseOptions(args, {}, usage);
    const [order] = positionals;
    if (order === undefined) throw new KitError('COMMAND_INVALID', 'no order was named', { hint: `Usage: ${usage}` });
    return withHubRecords(async ({ database }) => {
      const explained = await explainOrder(database, order);
      if (explained === undefined) {
        throw new KitError('NOT_FOUND', `the hub has no order ${order}`, {
          hint: 'Copy the id from the console’s page of orders.',
        });
      }
      process.stdout.write(explanationText(explained));
      return 0;
    });
  },
};

/** The whole explanation, for a terminal. */
export function explanationText({ history, decided }: ExplainedOrder): string {
  const { orderId, state, filledQuantity, entries } = history;
  const lines = entries.map((entry) => {
    const place = `leaf ${entry.leaf}  ${entry.at}  ${entry.kind}`;
    return entry.body === null ? `${place}: the body was destroyed` : `${place}${bodyText(entry, decided)}`;
  });
  return `Order ${orderId}: ${state}, filled ${filledQuantity}\n${lines.join('\n')}\n`;
}

function bodyText({ kind, body }: LeafEntry, decided: ExplainedDecision | undefined): string {
  const value: unknown = JSON.parse(body ?? 'null');
  if (kind === 'intent') return `\n${fieldsText(recordOf(recordOf(value)['order']))}`;
  if (kind === 'decision') {
    return decided === undefined ? ': this release cannot read it' : decisionText(decided, recordOf(value));
  }
  const { state, reason, side, quantity, price } = recordOf(value);
  if (kind === 'order') return `: ${String(state)}${reason === undefined ? '' : `, ${String(reason)}`}`;
  if (kind === 'fill') return `: ${String(side)} ${String(quantity)} at ${String(price)}`;
  return '';
}

function decisionText({ recorded, sheet, again }: ExplainedDecision, wire: Readonly<Record<string, unknown>>): string {
  const named =
    typeof sheet === 'string'
      ? recorded.sheet
      : `${sheet.id} number ${sheet.sequence} (${recorded.sheet.slice(0, 12)}…)`;
  const tickets = recorded.tickets === undefined ? '' : `, by ticket ${recorded.tickets.join(', ')}`;
  const head = `: ${recorded.outcome}${tickets}, against sheet ${named}, halt epoch ${recorded.haltEpoch}`;
  const facts = `  Facts from outside:\n${fieldsText(recordOf(wire['facts']))}`;
  if (typeof again === 'string') {
    const note = `  Not made again: ${again}. What is recorded:`;
    return [head, facts, note, ...inReadingOrder(recorded.rows).map(recordedText)].join('\n');
  }
  const { decision, differences } = again;
  const note =
    differences.length === 0
      ? '  Made again, equal to the last byte:'
      : `  Made again, and it DIFFERS from what is recorded:\n${differences.map(differenceText).join('\n')}\n  What is made now:`;
  return [head, facts, note, ...inReadingOrder(decision.rows).map(rowText)].join('\n');
}

/** What refused, and what a ticket set aside, comes first; the rest keeps the order of the registry. */
function inReadingOrder<Row extends Pick<DecisionRow, 'verdict'>>(rows: readonly Row[]): readonly Row[] {
  const standsOut = ({ verdict }: Row) => verdict === 'refuse' || verdict === 'overridden';
  return [...rows.filter(standsOut), ...rows.filter((row) => !standsOut(row))];
}

function rowText({ verdict, control, version, scope, reason, figures, limits }: GateRow): string {
  const said = `  ${verdict.padEnd(16)}${control}@${version} (${scope}): ${reason}`;
  const lines = [listText('limits', limits), listText('observed', figures)].filter((line) => line !== '');
  return [said, ...lines.map((line) => `${INDENT}${line}`)].join('\n');
}

function recordedText({ verdict, control, version, scope, reason, figures }: DecisionRow): string {
  const said = `  ${verdict.padEnd(16)}${control}@${version} (${scope})${reason === undefined ? '' : `: ${reason}`}`;
  return figures === undefined ? said : `${said}\n${INDENT}${listText('figures', figures)}`;
}

function differenceText({ at, recorded, recomputed }: Difference): string {
  return `    ${at}: was ${recorded}, is ${recomputed}`;
}

function listText(title: string, figures: Figures): string {
  const texts = Object.entries(figureTexts(figures) ?? {}).map(([name, value]) => `${name} ${shownFigure(value)}`);
  return texts.length === 0 ? '' : `${title}: ${texts.join(', ')}`;
}

function fieldsText(record: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(record).map(([name, value]) => `${name} ${valueText(value)}`);
  return `    ${fields.join(', ')}`;
}

function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const parts = Object.entries(value).map(([name, inner]) => `${name} ${valueText(inner)}`);
  return `(${parts.join(' ')})`;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
