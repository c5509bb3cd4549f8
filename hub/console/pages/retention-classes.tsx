import { recordClasses } from '@gatehouse/compliance/retention/classes.ts';
import { carefulFigures, FirmFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import { eventDayText, periodText } from '@gatehouse/compliance/retention/reasons.ts';
import type { RecordClass } from '@gatehouse/compliance/retention/record-class.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import type { RetentionStanding } from '../../ledger/retention/explain-standing.ts';
import { LeafLink } from '../parts/marks.tsx';
import { TableRows } from '../parts/table-rows.tsx';
import { FoldedForm, ReasonField, type RetentionViewer } from './retention-forms.tsx';

const FIGURES_ROWS = 20;

/** The firm's own figures, and where others are proposed. */
export function FiguresPanel({
  standing,
  viewer,
}: {
  readonly standing: RetentionStanding;
  readonly viewer: RetentionViewer;
}) {
  const { inForce } = standing;
  const figures = inForce?.figures ?? carefulFigures('Name of the firm');
  return (
    <section class="block" aria-label="Figures of the firm">
      <h2>Figures of the firm</h2>
      {inForce === undefined ? (
        <p class="empty">None are in force. Two people approve the careful ones that the hub proposes, or others.</p>
      ) : (
        <FiguresFacts figures={figures} version={inForce.version} />
      )}
      {viewer.mayPropose ? (
        <FoldedForm word="Propose figures" action="/retention/proposals">
          <input type="hidden" name="kind" value="figures" />
          <label>
            <span>The figures, as JSON</span>
            <textarea name="figures" rows={FIGURES_ROWS} cols={80} spellcheck={false} required>
              {JSON.stringify(encode(FirmFigures, figures), null, 2)}
            </textarea>
          </label>
          <ReasonField />
          <div class="buttons">
            <button type="submit">Propose these figures</button>
          </div>
        </FoldedForm>
      ) : null}
    </section>
  );
}

function FiguresFacts({ figures, version }: { readonly figures: FirmFigures; readonly version: number }) {
  const { legalEntity, flags, floor, yearEnd, exempt, rulings } = figures;
  const named = (list: readonly { readonly class: string; readonly reason: string }[]) =>
    list.map((one) => `${one.class} (${one.reason})`).join('; ') || 'none';
  const facts: readonly (readonly [string, string])[] = [
    ['Version', `${version}`],
    ['Legal entity', legalEntity],
    ['What the firm is', flags.join(', ')],
    ['Floor', `${floor.years} years; except: ${named(floor.except)}`],
    ['Fiscal year ends on', yearEnd],
    ['Classes that do not bind', named(exempt)],
    [
      'Rulings',
      rulings
        .map(({ minimum, maximum, decides, reason }) => {
          const [first, second] = decides === 'minimum' ? [minimum, maximum] : [maximum, minimum];
          return `${first} before ${second} (${reason})`;
        })
        .join('; ') || 'none',
    ],
  ];
  return (
    <dl class="facts-inline">
      {facts.map(([term, fact]) => (
        <div>
          <dt>{term}</dt>
          <dd>{fact}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The classes of this release with their figures and sources. */
export function ClassPanel() {
  return (
    <section class="block" aria-label="Retention classes">
      <h2>Retention classes</h2>
      <p class="note">
        Periods as this release knows them. What is marked as unsure has to be read by counsel before the firm relies on
        it.
      </p>
      <TableRows
        caption="Retention classes"
        rows={recordClasses}
        columns={[
          { title: 'Class', kind: 'text', cell: ({ id }) => id },
          { title: 'Records', kind: 'text', cell: ({ title }) => title },
          { title: 'Kept for', kind: 'text', cell: minimumOf },
          { title: 'Gone after', kind: 'text', cell: maximumOf },
          { title: 'Counted from', kind: 'text', cell: ({ clock }) => eventDayText(clock) },
          { title: 'Law', kind: 'text', cell: ({ jurisdiction }) => jurisdiction, isMinor: true },
          { title: 'Source', kind: 'text', cell: sourcesOf, isMinor: true },
          { title: 'Unsure', kind: 'text', cell: ({ unsure }) => unsure ?? null, isMinor: true },
        ]}
      />
    </section>
  );
}

function minimumOf({ periods }: RecordClass): string | null {
  const newest = periods.at(-1);
  return newest === undefined ? null : periodText(newest.minimum);
}

function maximumOf({ periods }: RecordClass): string | null {
  const maximum = periods.at(-1)?.maximum;
  return maximum === undefined ? null : periodText(maximum);
}

function sourcesOf({ sources }: RecordClass): string {
  return sources.map(({ act, place }) => `${act.title}, ${place}`).join('; ');
}

/** What was disposed of, each with the leaf of its certificate. */
export function CertificatePanel({ standing }: { readonly standing: RetentionStanding }) {
  const done = standing.proposals.filter(({ certificate }) => certificate !== null);
  return (
    <section class="block" aria-label="Certificates">
      <h2>Certificates of disposal</h2>
      {done.length === 0 ? (
        <p class="empty">Nothing was disposed of.</p>
      ) : (
        <TableRows
          caption="Certificates of disposal"
          rows={done}
          columns={[
            { title: 'Target', kind: 'text', cell: (row) => row.target },
            { title: 'Done', kind: 'instant', cell: (row) => row.changedAt },
            { title: 'Proposed by', kind: 'text', cell: (row) => row.maker },
            { title: 'Approved by', kind: 'text', cell: (row) => row.approvedBy.join(', ') },
            { title: 'Why', kind: 'text', cell: (row) => row.reason },
            {
              title: 'Certificate',
              kind: 'text',
              cell: (row) => `${row.certificate}`,
              show: ({ certificate }) => (certificate === null ? null : <LeafLink leaf={certificate} />),
            },
          ]}
        />
      )}
    </section>
  );
}
