import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { Child } from 'hono/jsx';
import type { EdgeDocument } from '../../store/pages/edges.ts';
import type { LeaseRow } from '../lease-lines.ts';
import {
  Ago,
  isSilent,
  LeftMark,
  lastContact,
  type ShownEdge,
  TradingMark,
  timeLeftText,
  waitingText,
} from './edge-columns.tsx';
import { countText, plainWord } from './figure-text.ts';
import { leaseColumns } from './lease-columns.tsx';
import { Figure, Hash, LeafLink, Mark, StateMark, Time, Words } from './marks.tsx';
import { onPage } from './table-column.ts';
import { TableRows } from './table-rows.tsx';

interface WaitingProps {
  readonly edges: readonly ShownEdge[];
  /** Whether these are not all edges: nothing is said of the others. */
  readonly isPart: boolean;
  readonly now: Instant;
}

/** Which edges have not done with their commands, the one that waits longest first. */
export function Waiting({ edges, isPart, now }: WaitingProps) {
  const waiting = edges
    .filter(({ openSince }) => openSince !== null)
    .toSorted((a, b) => ((a.openSince ?? '') < (b.openSince ?? '') ? -1 : 1));
  return (
    <section class="block" aria-label="Not acknowledged">
      <h2>Who has not acknowledged</h2>
      {waiting.length === 0 ? (
        <p>
          <Mark tone="good">nobody</Mark>{' '}
          {`Every edge ${isPart ? 'that is shown here ' : ''}has applied or refused every command.`}
        </p>
      ) : (
        <ul class="lines">
          {waiting.map((row) => (
            <li>
              <Mark tone="warn">waiting</Mark> <a href={`/edges/${row.edge}`}>{row.edge}</a>:{' '}
              <a href={`/commands?edge=${row.edge}&state=open`}>{waitingText(row)}</a>, the oldest given{' '}
              <Ago at={row.openSince} now={now} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface LeasesProps {
  readonly rows: readonly LeaseRow[];
  /** What is said where there is none. */
  readonly none: string;
  readonly tools?: Child;
}

/** What the firm may have of each threshold and who has it. */
export function Leases({ rows, none, tools }: LeasesProps) {
  const lines = [...Map.groupBy(rows, lineOf).values()];
  return (
    <section class="block" aria-label="Leases">
      <div class="heading">
        <h2>Leases</h2>
        {rows.length === 0 || tools === undefined ? null : <div class="tools">{tools}</div>}
      </div>
      {rows.length === 0 ? <p class="note">{none}</p> : null}
      {lines.map((line) => (
        <>
          <FirmLine line={line} />
          <TableRows caption={`Leases of ${line.map(lineOf)[0]}`} rows={line} columns={onPage(leaseColumns)} />
        </>
      ))}
    </section>
  );
}

function lineOf({ legalEntity, environment, threshold }: LeaseRow): string {
  return `${legalEntity} ${environment} ${threshold}`;
}

function FirmLine({ line }: { readonly line: readonly LeaseRow[] }) {
  const [first] = line;
  if (first === undefined) return null;
  const { legalEntity, environment, threshold, currency, firmMax, firmCharged, firmFree } = first;
  const isOver = firmFree?.startsWith('-') === true;
  return (
    <>
      <h3>
        {`${plainWord(threshold)} of `}
        <Words text={legalEntity} />
        {`, ${environment}`}
      </h3>
      <dl class="facts-inline">
        <Fact term="The firm may have">{firmMax === null ? 'nobody signed it' : amount(firmMax, currency)}</Fact>
        <Fact term="Counts as taken">{amount(firmCharged, currency)}</Fact>
        <Fact term="Free">
          {firmFree === null ? <span class="none">–</span> : amount(firmFree, currency)}{' '}
          {isOver ? <Mark tone="bad">more is out than the firm may have</Mark> : null}
        </Fact>
      </dl>
    </>
  );
}

function amount(text: string, currency: string | null) {
  return (
    <>
      <Figure text={text} /> {currency ?? ''}
    </>
  );
}

function Fact({ term, children }: { readonly term: string; readonly children: Child }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Where one edge stands. */
export function EdgeFacts({ row }: { readonly row: ShownEdge }) {
  const { now, left, reported, enrolment } = row;
  return (
    <section class="panel">
      <dl class="facts">
        <Fact term="Records">
          <StateMark state={row.status} />{' '}
          {row.status === 'live' ? null : 'Nothing of it is taken until two people open a new epoch.'}
        </Fact>
        <Fact term="Trading">
          <TradingMark row={row} />
          <Halts row={row} />
          {isSilent(row) ? <OutOfContact /> : null}
        </Fact>
        <Fact term="Last contact">
          <Ago at={lastContact(row)} now={now} />
        </Fact>
        <Fact term="Taken">{`up to entry ${countText(row.taken)} of epoch ${row.epoch}${reported === null ? '' : `; its own signed word is ${countText(reported)}`}`}</Fact>
        <Fact term="Still to take">
          <LeftMark row={row} more={`${countText(left)} entries, ${timeLeftText(row)}`} />
        </Fact>
        <Fact term="Last batch">
          <Ago at={row.lastBatchAt} now={now} />
        </Fact>
        <Fact term="Certificate">
          {enrolment === null ? (
            'none; it runs beside the hub or was registered by hand'
          ) : (
            <>
              <StateMark state={enrolment} /> seen <Ago at={row.seenAt} now={now} />
            </>
          )}
        </Fact>
        <Fact term="Heartbeat issued">
          {row.heartbeatNumber === null ? (
            <span class="none">none yet</span>
          ) : (
            <>
              {`number ${countText(row.heartbeatNumber)}, `}
              <Ago at={row.heartbeatAt} now={now} />
            </>
          )}
        </Fact>
        <Fact term="Commands">
          {row.openCommands === 0 ? (
            `${countText(row.commands)} given, all answered`
          ) : (
            <>
              <Mark tone="warn">{waitingText(row)}</Mark> since <Ago at={row.openSince} now={now} />
            </>
          )}
        </Fact>
        <Fact term="Newest hash">
          <Hash hash={row.hash} />
        </Fact>
        <Fact term="Key">
          <code>{row.verifierKey}</code>
        </Fact>
        <Fact term="Known since">
          <Time at={row.registeredAt} />
        </Fact>
      </dl>
    </section>
  );
}

/** What an edge does that nobody hears, as far as anybody can know. */
function OutOfContact() {
  return (
    <p>
      {
        'It is out of contact. By its own sheet it trades on while its lease runs, then only reduces, and stops once it has not heard the hub for too long: '
      }
      <a href="/controls#contact-age">Contact with the hub</a>
      {'. What it is given now reaches it when it is back.'}
    </p>
  );
}

function Halts({ row }: { readonly row: ShownEdge }) {
  if (row.halts.length === 0) return null;
  return (
    <ul class="lines">
      {row.halts.map(({ kill, scope, state, level, reason, leaf }) => (
        <li>
          <strong>{scope}</strong> {state}: {reason} <span class="note">{`${kill}, level ${level}`}</span>{' '}
          <LeafLink leaf={leaf} />
        </li>
      ))}
    </ul>
  );
}

/** The signed documents that are current for an edge, beside what it says it runs on. */
export function Documents({ row }: { readonly row: ShownEdge }) {
  const inUse = (kind: string) => ({ sheet: row.sheetInUse, trust: row.trustInUse })[kind];
  return (
    <section class="block" aria-label="Documents">
      <h2>Documents current for it</h2>
      <p class="note">
        {`It last said that it runs on sheet ${row.sheetInUse ?? 'none'} and trust ${row.trustInUse ?? 'none'}.`}
      </p>
      {row.documents.length === 0 ? (
        <p class="note">Nothing newer than what it has was published for it.</p>
      ) : (
        <TableRows<EdgeDocument>
          caption="Documents"
          rows={row.documents}
          columns={[
            { title: 'Kind', kind: 'text', cell: ({ kind }) => plainWord(kind) },
            { title: 'Name', kind: 'text', cell: ({ name }) => name },
            { title: 'Version', kind: 'integer', cell: ({ version }) => `${version}` },
            {
              title: 'At the edge',
              kind: 'text',
              cell: ({ kind, version }) => takenText(inUse(kind), version),
            },
            { title: 'Published', kind: 'instant', cell: ({ at }) => at },
          ]}
        />
      )}
    </section>
  );
}

function takenText(inUse: number | null | undefined, version: number): string | null {
  if (inUse === undefined) return null;
  return inUse !== null && inUse >= version ? 'in use' : 'not in use yet';
}
