import { ageMs, type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { StreamHead } from '../../store/pages/ledger.ts';
import type { Overview } from '../../store/pages/overview.ts';
import { ageText } from './age-text.ts';
import { AlarmLine } from './alarm-line.tsx';
import { EquityChart } from './equity-chart.tsx';
import { countText, plainWord } from './figure-text.ts';
import { Figure, LeafLink, Mark, StateMark, Time } from './marks.tsx';

interface PanelsProps {
  readonly overview: Overview;
  readonly account: string | undefined;
  readonly now: Instant;
  /** Whether the reader may follow links; before anyone has enrolled there is nothing behind them. */
  readonly isLinked: boolean;
}

/** What moves on the overview: served with the page, and again by itself after each change. */
export function OverviewPanels({ overview, account, now, isLinked }: PanelsProps) {
  const shown = overview.accounts.find((value) => value.account === account) ?? overview.accounts[0];
  return (
    <>
      <Counts overview={overview} isLinked={isLinked} />
      <section class="block">
        <div class="beside">
          <h2>Equity</h2>
          {isLinked && overview.accounts.length > 1 ? <AccountLinks overview={overview} /> : null}
        </div>
        <EquityChart points={overview.curve} currency={shown?.currency ?? ''} account={shown?.account ?? ''} />
        {shown === undefined ? null : (
          <dl class="facts-inline">
            <Amount term="Equity" text={shown.equity} />
            <Amount term="Cash" text={shown.cash} />
            <Amount term="Realised" text={shown.realised} />
            <Amount term="Unrealised" text={shown.unrealised} />
            <Amount term="Fees" text={shown.fees} />
            <div>
              <dt>At the close of</dt>
              <dd>{shown.day}</dd>
            </div>
          </dl>
        )}
      </section>
      <div class="columns">
        <TradingStates overview={overview} isLinked={isLinked} />
        <Edges streams={overview.streams} now={now} />
      </div>
      {isLinked ? <Alarms overview={overview} /> : null}
      {isLinked ? <LatestRefusals overview={overview} /> : null}
      {isLinked ? <Runs overview={overview} /> : null}
    </>
  );
}

function Counts({ overview, isLinked }: { readonly overview: Overview; readonly isLinked: boolean }) {
  const { tallies } = overview;
  const counts = [
    { title: 'Orders', value: tallies['orders'] ?? 0, path: '/orders' },
    { title: 'Open now', value: overview.open, path: '/orders?state=working' },
    { title: 'Refused', value: tallies['refusals'] ?? 0, path: '/refusals' },
    { title: 'Fills', value: tallies['fills'] ?? 0, path: '/fills' },
    { title: 'Ledger leaves', value: overview.size, path: '/ledger' },
  ];
  return (
    <ul class="counts" aria-label="Counts">
      {counts.map(({ title, value, path }) => (
        <li>
          <span class="value">{countText(value)}</span>
          {isLinked ? <a href={path}>{title}</a> : <span>{title}</span>}
        </li>
      ))}
    </ul>
  );
}

function AccountLinks({ overview }: { readonly overview: Overview }) {
  return (
    <nav aria-label="Accounts" class="choices">
      {overview.accounts.map(({ account }) => (
        <a href={`/?account=${account}`}>{account}</a>
      ))}
    </nav>
  );
}

function Amount({ term, text }: { readonly term: string; readonly text: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>
        <Figure text={text} />
      </dd>
    </div>
  );
}

function TradingStates({ overview, isLinked }: { readonly overview: Overview; readonly isLinked: boolean }) {
  const { states } = overview;
  return (
    <section class="panel">
      <h2>{isLinked ? <a href="/kills">Trading</a> : 'Trading'}</h2>
      {states.length === 0 ? (
        <p>
          <StateMark state="active" /> Trading is active in every scope; no kill is in force.
        </p>
      ) : (
        <ul class="lines">
          {states.map(({ edge, kill, scope, state, level, reason, leaf }) => (
            <li>
              <StateMark state={state} /> <strong>{scope}</strong> on {edge}
              {isLinked ? (
                <>
                  : {reason} <span class="note">{`${kill}, level ${level}`}</span>{' '}
                  <a href={`/ledger/${leaf}`}>{`leaf ${leaf}`}</a>
                </>
              ) : null}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Edges({ streams, now }: { readonly streams: readonly StreamHead[]; readonly now: Instant }) {
  const edges = streams.filter(({ edge }) => edge !== 'hub');
  return (
    <section class="panel">
      <h2>Edges</h2>
      {edges.length === 0 ? <p>No edge is registered. Start one with npm start.</p> : null}
      <ul class="lines">
        {edges.map((stream) => (
          <li>
            <strong>{stream.edge}</strong> <SyncMark stream={stream} />
            <br />
            <span class="note">
              {`taken up to ${countText(stream.seq)}, last batch `}
              {stream.lastBatchAt === null ? 'never' : `${ageText(ageMs(parseInstant(stream.lastBatchAt), now))} ago, `}
              {stream.lastBatchAt === null ? null : <Time at={stream.lastBatchAt} />}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function SyncMark({ stream }: { readonly stream: StreamHead }) {
  if (stream.status !== 'live') return <StateMark state={stream.status} />;
  const behind = Math.max(0, (stream.reportedSeq ?? stream.seq) - stream.seq);
  return behind === 0 ? (
    <Mark tone="good">in step</Mark>
  ) : (
    <Mark tone="warn">{`${countText(behind)} entries behind`}</Mark>
  );
}

function Alarms({ overview }: { readonly overview: Overview }) {
  return (
    <section class="block">
      <h2>Alarms and incidents</h2>
      {overview.alarms.length === 0 ? (
        <p class="empty">None on record.</p>
      ) : (
        <ul class="lines">
          {overview.alarms.map((alarm) => (
            <AlarmLine alarm={alarm} />
          ))}
        </ul>
      )}
    </section>
  );
}

function LatestRefusals({ overview }: { readonly overview: Overview }) {
  return (
    <section class="block">
      <h2>
        <a href="/refusals">Latest refusals</a>
      </h2>
      {overview.refusals.length === 0 ? (
        <p class="empty">No control has refused an order.</p>
      ) : (
        <ul class="lines">
          {overview.refusals.map(({ control, orderId, reason, verdict, decidedAt, leaf }) => (
            <li>
              <StateMark state={verdict} /> <strong>{plainWord(control)}</strong>: {reason}{' '}
              <span class="note">
                <a href={`/orders/${orderId}`} class="id">
                  {orderId}
                </a>{' '}
                <Time at={decidedAt} /> <LeafLink leaf={leaf} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Runs({ overview }: { readonly overview: Overview }) {
  if (overview.runs.length === 0) return null;
  return (
    <section class="block">
      <h2>Runs</h2>
      <ul class="lines">
        {overview.runs.map((run) => (
          <li>
            <StateMark state={run.state.replace(/^run-/, '')} /> <strong>{run.runId}</strong> on {run.edge}:{' '}
            {run.instrument}, {run.source}, {countText(run.bars)} bars from {run.firstAt.slice(0, 10)} to{' '}
            {run.lastAt.slice(0, 10)} <a href={`/ledger/${run.leaf}`}>{`leaf ${run.leaf}`}</a>
            <details>
              <summary>How orders are filled in it</summary>
              <ul>
                {run.fillRules.map((rule) => (
                  <li>{rule}</li>
                ))}
              </ul>
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}
