import { daysBetween } from '@gatehouse/compliance/retention/clock.ts';
import { scopeText } from '@gatehouse/compliance/retention/scope.ts';
import { canGo, type RetentionState } from '@gatehouse/compliance/retention/state.ts';
import type { RetentionStanding } from '../../ledger/retention/explain-standing.ts';
import type { StandingRetentionProposal } from '../../store/retention-proposal-rows.ts';
import type { HoldRow } from '../../store/retention-rows.ts';
import type { FindingRow } from '../../store/retention-run-rows.ts';
import { countText } from '../parts/figure-text.ts';
import { Mark, Time, type Tone } from '../parts/marks.tsx';
import { CodeField } from '../parts/step-up.tsx';
import { TableRows } from '../parts/table-rows.tsx';
import { FoldedForm, ReasonField, type RetentionViewer } from './retention-forms.tsx';

interface PanelParts {
  readonly standing: RetentionStanding;
  readonly viewer: RetentionViewer;
}

const OPEN: ReadonlySet<string> = new Set(['proposed', 'approved', 'disposing']);

const STATE_TONES: Readonly<Record<RetentionState, Tone>> = {
  kept: 'plain',
  'waiting-for-event': 'info',
  held: 'info',
  'may-go': 'plain',
  'must-go': 'bad',
  'open-question': 'warn',
};

const STATE_WORDS: Readonly<Record<RetentionState, string>> = {
  kept: 'kept',
  'waiting-for-event': 'waiting for an event',
  held: 'held beyond its maximum',
  'may-go': 'may go',
  'must-go': 'must go',
  'open-question': 'open question',
};

const DECISIONS: Readonly<Record<RetentionState, string>> = {
  kept: 'None.',
  'waiting-for-event': 'None until the event is on record.',
  held: 'Look whether the hold is still needed; two people lift it.',
  'may-go': 'None is due. A disposal can be proposed.',
  'must-go': 'Propose its disposal; two other people approve it.',
  'open-question': 'Rule in the figures of the firm which class goes first, or have its kind of record made known.',
};

/** What waits for people. */
export function ProposalPanel({ standing, viewer }: PanelParts) {
  const open = standing.proposals.filter(({ state }) => OPEN.has(state));
  return (
    <section class="block" aria-label="Proposals">
      <h2>Proposals that wait</h2>
      {open.length === 0 ? (
        <p class="empty">No proposal waits for anybody.</p>
      ) : (
        <TableRows
          caption="Proposals that wait"
          rows={open}
          columns={[
            { title: 'Proposal', kind: 'text', cell: (row) => row.proposalId },
            { title: 'What', kind: 'text', cell: whatOf },
            { title: 'State', kind: 'text', cell: (row) => row.state },
            { title: 'Approved', kind: 'text', cell: (row) => `${row.approvedBy.length} of ${row.needed}` },
            { title: 'Proposed by', kind: 'text', cell: (row) => row.maker, isMinor: true },
            { title: 'Why', kind: 'text', cell: (row) => row.reason },
            { title: 'Ends', kind: 'instant', cell: (row) => row.expiresAt, isMinor: true },
            {
              title: 'Decision',
              kind: 'text',
              cell: () => null,
              show: (row) => <DecisionForm row={row} viewer={viewer} />,
            },
          ]}
        />
      )}
    </section>
  );
}

function whatOf({ kind, target }: StandingRetentionProposal): string {
  if (kind === 'figures') return `new figures of the firm, from version ${target.slice('figures/'.length)}`;
  if (kind === 'lift') return `the end of hold ${target.slice('hold/'.length)}`;
  return `the disposal of ${target}`;
}

function DecisionForm({ row, viewer }: { readonly row: StandingRetentionProposal; readonly viewer: RetentionViewer }) {
  const { proposalId, maker, state, approvedBy } = row;
  const action = `/retention/proposals/${proposalId}/decide`;
  if (state === 'disposing') return <span class="none">under way</span>;
  if (maker === viewer.personId) {
    if (!viewer.mayPropose) return null;
    return (
      <FoldedForm word="Withdraw" action={action}>
        <ReasonField />
        <div class="buttons">
          <button type="submit" name="decision" value="withdraw">
            Withdraw
          </button>
        </div>
      </FoldedForm>
    );
  }
  if (!viewer.mayApprove) return <span class="none">waits for others</span>;
  const mayApprove = state === 'proposed' && !approvedBy.includes(viewer.personId);
  return (
    <>
      {mayApprove ? (
        <FoldedForm word="Approve" action={action}>
          <CodeField needsCode={viewer.needsCode} />
          <div class="buttons">
            <button type="submit" name="decision" value="approve" data-confirm={`Approve ${whatOf(row)}?`}>
              Approve
            </button>
          </div>
        </FoldedForm>
      ) : null}
      <FoldedForm word="Reject" action={action}>
        <ReasonField />
        <div class="buttons">
          <button type="submit" name="decision" value="reject" class="danger">
            Reject
          </button>
        </div>
      </FoldedForm>
    </>
  );
}

/** What the newest run found that a person has to know. */
export function FindingPanel({ standing, viewer, today }: PanelParts & { readonly today: string }) {
  const { run, findings, counts, inForce } = standing;
  return (
    <section class="block" aria-label="What may go and what must go">
      <h2>What may go, and what waits for a decision</h2>
      {inForce === undefined ? (
        <p class="problem">The firm has set no figures yet, so nothing may go. Approve or propose them below.</p>
      ) : null}
      {run === undefined ? (
        <p class="empty">No run has finished yet; the hub makes one each day.</p>
      ) : (
        <p>
          {`The run of ${run.day} judged ${countText(run.targets)} targets. `}
          {counts.length === 0
            ? 'Nothing may go, and nothing waits for a decision.'
            : counts
                .map(
                  ({ state, targets, records }) =>
                    `${STATE_WORDS[state]}: ${countText(targets)} with ${countText(records)} records`,
                )
                .join('; ')}
        </p>
      )}
      {findings.length === 0 ? null : <FindingTable findings={findings} viewer={viewer} today={today} />}
      {findings.map((row) => (
        <Because row={row} />
      ))}
    </section>
  );
}

function FindingTable({
  findings,
  viewer,
  today,
}: {
  readonly findings: readonly FindingRow[];
  readonly viewer: RetentionViewer;
  readonly today: string;
}) {
  return (
    <TableRows
      caption="Findings of the newest run"
      rows={findings}
      columns={[
        { title: 'Target', kind: 'text', cell: (row) => row.target },
        {
          title: 'State',
          kind: 'text',
          cell: (row) => STATE_WORDS[row.state],
          show: (row) => <Mark tone={STATE_TONES[row.state]}>{STATE_WORDS[row.state]}</Mark>,
        },
        { title: 'Records', kind: 'integer', cell: (row) => `${row.records}` },
        { title: 'Kept until', kind: 'day', cell: (row) => row.keepUntil, isMinor: true },
        { title: 'Gone by', kind: 'day', cell: (row) => row.mustGoBy },
        { title: 'Days over', kind: 'integer', cell: (row) => daysOver(row, today) },
        { title: 'Decision that is needed', kind: 'text', cell: (row) => DECISIONS[row.state] },
        {
          title: 'Propose',
          kind: 'text',
          cell: () => null,
          show: (row) => (canGo(row.state) && viewer.mayPropose ? <DisposalForm target={row.target} /> : null),
        },
      ]}
    />
  );
}

function daysOver({ keepUntil, mustGoBy }: FindingRow, today: string): string | null {
  const end = mustGoBy !== null && mustGoBy < today ? mustGoBy : keepUntil;
  return end === null || end >= today ? null : `${daysBetween(end, today)}`;
}

function Because({ row }: { readonly row: FindingRow }) {
  return (
    <details>
      <summary>{`Why ${row.target}: ${STATE_WORDS[row.state]}`}</summary>
      <ul>
        {row.because.map((reason) => (
          <li>{reason}</li>
        ))}
      </ul>
    </details>
  );
}

function DisposalForm({ target }: { readonly target: string }) {
  return (
    <FoldedForm word="Disposal" action="/retention/proposals">
      <input type="hidden" name="kind" value="disposal" />
      <input type="hidden" name="target" value={target} />
      <ReasonField />
      <div class="buttons">
        <button
          type="submit"
          class="danger"
          data-confirm={`Propose that the records under ${target} are destroyed for good?`}
        >
          Propose its disposal
        </button>
      </div>
    </FoldedForm>
  );
}

/** Holds that stand, then those that were lifted. */
export function HoldPanel({ standing, viewer }: PanelParts) {
  const rows = standing.holds.toSorted((one, two) => Number(one.liftedAt !== null) - Number(two.liftedAt !== null));
  return (
    <section class="block" aria-label="Holds">
      <h2>Holds</h2>
      {rows.length === 0 ? (
        <p class="empty">No hold was ever set.</p>
      ) : (
        <TableRows
          caption="Holds"
          rows={rows}
          columns={[
            { title: 'Hold', kind: 'text', cell: (row) => row.id },
            { title: 'Scope', kind: 'text', cell: (row) => scopeText(row.scope) },
            {
              title: 'State',
              kind: 'text',
              cell: stateOfHold,
              show: (row) => <Mark tone={row.liftedAt === null ? 'info' : 'plain'}>{stateOfHold(row)}</Mark>,
            },
            { title: 'Why', kind: 'text', cell: (row) => row.reason },
            { title: 'Set by', kind: 'text', cell: (row) => row.setBy, isMinor: true },
            { title: 'Set', kind: 'instant', cell: (row) => row.setAt, show: (row) => <Time at={row.setAt} /> },
            {
              title: 'Lift',
              kind: 'text',
              cell: () => null,
              show: (row) => (row.liftedAt === null && viewer.mayPropose ? <LiftForm hold={row.id} /> : null),
            },
          ]}
        />
      )}
    </section>
  );
}

function stateOfHold({ liftedAt }: HoldRow): string {
  return liftedAt === null ? 'stands' : 'lifted';
}

function LiftForm({ hold }: { readonly hold: string }) {
  return (
    <FoldedForm word="Lift" action="/retention/proposals">
      <input type="hidden" name="kind" value="lift" />
      <input type="hidden" name="hold" value={hold} />
      <ReasonField />
      <div class="buttons">
        <button type="submit">Propose its end</button>
      </div>
    </FoldedForm>
  );
}
