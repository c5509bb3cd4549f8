import { controls } from '@gatehouse/compliance/controls/index.ts';
import type { DecisionBody, DecisionRow } from '@gatehouse/shared/schema/decision.ts';
import { fullRows } from '@gatehouse/shared/schema/short-rows.ts';
import { plainWord } from './figure-text.ts';
import { Figures } from './figures.tsx';
import { Hash, StateMark } from './marks.tsx';
import { RecordFields } from './record-fields.tsx';
import { asRecord, type JsonRecord, recordIn, textIn } from './stored-body.ts';

/** A row as it is stored, whatever release wrote it. */
interface StoredRow {
  readonly control: string;
  readonly version: string;
  readonly scope: string;
  readonly verdict: string;
  readonly figures: Readonly<Record<string, string>>;
  readonly reason: string;
}

/** The version of a decision whose rows are in their shortest form. */
const SHORT_ROWS = 3 satisfies DecisionBody['v'];

/** The row that the gate itself writes about the sheet. */
const SHEET_QUESTION = 'Does the sheet cover this order?';

/** What each control asked and said of an order: refusals with limits and reason, and those that a ticket set aside, come first. */
export function DecisionTable({ decision }: { readonly decision: JsonRecord }) {
  const rows = rowsOf(decision);
  const standsOut = ({ verdict }: StoredRow) => verdict === 'refuse' || verdict === 'overridden';
  const refusals = rows.filter(standsOut);
  const others = rows.filter((row) => !standsOut(row));
  return (
    <>
      <p class="note">
        Against sheet <Hash hash={textIn(decision, 'sheet')} /> and control set{' '}
        <Hash hash={textIn(decision, 'controls')} />, in halt epoch {textIn(decision, 'haltEpoch')}. {countText(rows)}
      </p>
      {refusals.length === 0 ? null : <Rows caption="Refusals, with limits and reasons" rows={refusals} />}
      <Rows caption="What the other controls looked at" rows={others} />
      <TicketsUsed tickets={decision['tickets']} />
      <details>
        <summary>Facts from outside that the decision was made on</summary>
        <RecordFields record={recordIn(decision, 'facts')} />
      </details>
    </>
  );
}

const VERDICTS: readonly string[] = [
  'refuse',
  'overridden',
  'pass',
  'not-applicable',
  'off',
] satisfies readonly DecisionRow['verdict'][];

function countText(rows: readonly StoredRow[]): string {
  const counts = VERDICTS.map((verdict) => [verdict, rows.filter((row) => row.verdict === verdict).length] as const);
  const said = counts.flatMap(([verdict, count]) => (count === 0 ? [] : [`${count} ${plainWord(verdict)}`]));
  return said.length === 0 ? '' : `${said.join(', ')}.`;
}

function Rows({ caption, rows }: { readonly caption: string; readonly rows: readonly StoredRow[] }) {
  if (rows.length === 0) return null;
  return (
    <section class="scroll" tabindex={0} aria-label={caption}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Control</th>
            <th scope="col" class="number">
              Version
            </th>
            <th scope="col">Scope</th>
            <th scope="col">Verdict</th>
            <th scope="col">Question or reason</th>
            <th scope="col">Figures</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <VerdictRow row={row} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function VerdictRow({ row }: { readonly row: StoredRow }) {
  const { control, version, scope, verdict, figures, reason } = row;
  const known = controls.find(({ id }) => id === control);
  return (
    <tr class={verdict === 'refuse' ? 'refusing' : undefined}>
      <th scope="row">
        {known === undefined ? plainWord(control) : <a href={`/controls#${control}`}>{plainWord(control)}</a>}
      </th>
      <td class="number">{version}</td>
      <td class="scope">{scope}</td>
      <td>
        <StateMark state={verdict} />
      </td>
      <td>{reason === '' ? (known?.question ?? SHEET_QUESTION) : reason}</td>
      <td>
        <Figures figures={figures} />
      </td>
    </tr>
  );
}

function TicketsUsed({ tickets }: { readonly tickets: unknown }) {
  if (!Array.isArray(tickets) || tickets.length === 0) return null;
  return (
    <p class="note">
      It passed by {tickets.length === 1 ? 'ticket' : 'tickets'} <strong>{tickets.map(String).join(', ')}</strong>.
    </p>
  );
}

function rowsOf({ v, rows, scopes }: JsonRecord): readonly StoredRow[] {
  if (!Array.isArray(rows)) return [];
  return v === SHORT_ROWS ? rowsInFull(rows, scopes) : rows.map(rowOf);
}

/** Rows that this release cannot read, because a later one wrote them, say so in the place of what was asked. */
function rowsInFull(rows: readonly unknown[], scopes: unknown): readonly StoredRow[] {
  const read = fullRows(rows, Array.isArray(scopes) ? scopes.map(String) : []);
  if ('rows' in read) {
    return read.rows.map(({ figures, version, ...row }) => asStored({ ...row, version: `${version}` }, figures));
  }
  return read.problems.map((reason) => asStored({ control: 'unreadable', verdict: 'unknown', reason }, {}));
}

/** `["price-collar@1","firm","pass",{…}]`, or the same as an object in records of the first release. */
function rowOf(row: unknown): StoredRow {
  if (!Array.isArray(row)) {
    const record = asRecord(row);
    const [control, version, scope, verdict, reason] = ['control', 'version', 'scope', 'verdict', 'reason'].map((key) =>
      textIn(record, key),
    );
    return asStored({ control, version, scope, verdict, reason }, record['figures']);
  }
  const [name, scope, verdict, figures, reason] = row as readonly unknown[];
  const [control, version] = String(name).split('@');
  return asStored({ control, version, scope, verdict, reason }, figures);
}

function asStored(texts: Readonly<Record<string, unknown>>, figures: unknown): StoredRow {
  const text = (key: string) => (texts[key] === undefined ? '' : String(texts[key]));
  const entries = Object.entries(asRecord(figures)).map(([key, value]): [string, string] => [key, String(value)]);
  return {
    control: text('control'),
    version: text('version'),
    scope: text('scope'),
    verdict: text('verdict'),
    figures: Object.fromEntries(entries),
    reason: text('reason'),
  };
}
