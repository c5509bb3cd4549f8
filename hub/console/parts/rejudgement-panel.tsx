import type { RejudgementFinding, RejudgementRow } from '../../store/rejudgement-rows.ts';
import { countText } from './figure-text.ts';
import { Mark, Time } from './marks.tsx';

interface PanelProps {
  readonly row: RejudgementRow | undefined;
  readonly findings: readonly RejudgementFinding[];
  /** Leaves of the ledger. */
  readonly size: number;
}

const LEAF = /^\d+$/;

/** How far every decision and position was made again from the records, and what did not come out. */
export function RejudgementPanel({ row, findings, size }: PanelProps) {
  return (
    <section class="panel" id="rejudgement" aria-live="polite">
      <h2>Judged again</h2>
      {row === undefined ? <p>Not begun. The hub makes every decision again from the records alone.</p> : null}
      {row === undefined ? null : <Coverage row={row} size={size} />}
      {findings.length === 0 ? null : (
        <ul class="findings">
          {findings.map(({ place, message }) => (
            <li>
              {LEAF.test(place) ? <a href={`/ledger/${place}`}>{`leaf ${place}`}</a> : null} {message}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Coverage({ row, size }: { readonly row: RejudgementRow; readonly size: number }) {
  const wrong = row.different + row.unreadable + row.positions;
  const left = Math.max(0, size - row.judged);
  return (
    <>
      <p>
        {wrong === 0 ? (
          <Mark tone="good">as recorded</Mark>
        ) : (
          <Mark tone="bad">{`${countText(wrong)} not as recorded`}</Mark>
        )}{' '}
        {`${countText(row.decisions)} decisions of ${row.edges === 1 ? 'one edge' : `${countText(row.edges)} edges`}, made again with release ${row.release}`}
        {row.unreadable === 0 ? null : `; ${countText(row.unreadable)} records could not be read`}
      </p>
      <p>
        {left === 0
          ? `All ${countText(row.judged)} leaves were read`
          : `${countText(row.judged)} of ${countText(size)} leaves were read, ${countText(left)} are left`}
        {', last '}
        <Time at={row.judgedAt} />
        {row.positionsAt === null
          ? '. Positions were not compared yet'
          : `. Positions were compared as of leaf ${countText(row.positionsAt)}`}
        {', since the start of the hub at '}
        <Time at={row.startedAt} />
      </p>
    </>
  );
}
