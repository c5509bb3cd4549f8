import type { VerificationState } from '../verification-job.ts';
import { countText } from './figure-text.ts';
import { Hash, Mark, Time } from './marks.tsx';

interface PanelProps {
  readonly state: VerificationState;
  readonly mayStart: boolean;
}

/** The verification of the whole ledger: how far it is or what it found, and the button that starts one. */
export function VerificationPanel({ state, mayStart }: PanelProps) {
  return (
    <section
      class="panel"
      id="verification"
      data-running={state.kind === 'running' ? '' : undefined}
      aria-live="polite"
    >
      <h2>Verification</h2>
      <Outcome state={state} />
      {mayStart && state.kind !== 'running' ? (
        <form method="post" action="/ledger/verify">
          <button type="submit">Verify the whole ledger</button>
        </form>
      ) : null}
    </section>
  );
}

function Outcome({ state }: { readonly state: VerificationState }) {
  if (state.kind === 'idle')
    return <p>Not run since the hub started. It reads every leaf and checks each hash again.</p>;
  if (state.kind === 'failed') {
    return (
      <p class="problem">
        It could not finish: {state.message}. Try again, or run <code>npx gatehouse verify ledger</code>.
      </p>
    );
  }
  if (state.kind === 'running') {
    return (
      <p>
        <progress max={Math.max(1, state.size)} value={state.done} aria-label="Leaves verified" />{' '}
        {`${countText(state.done)} of ${state.size === 0 ? '…' : countText(state.size)} leaves`}{' '}
        <a href="/ledger">Refresh</a>
      </p>
    );
  }
  const { result } = state;
  const found = result.findings.length + result.unlisted;
  return (
    <>
      <p>
        {found === 0 ? <Mark tone="good">verified</Mark> : <Mark tone="bad">{`${countText(found)} findings`}</Mark>}{' '}
        {`${countText(result.leaves)} leaves, ${result.streams} streams, ${countText(result.checkpoints)} checkpoints in ${result.seconds.toFixed(1)} s`}
      </p>
      <p>
        Root <Hash hash={result.root} /> at <Time at={state.at} />
      </p>
      {found === 0 ? null : (
        <ul class="findings">
          {result.findings.slice(0, 50).map((finding) => (
            <li>
              {finding.leaf === undefined ? null : <a href={`/ledger/${finding.leaf}`}>{`leaf ${finding.leaf}`}</a>}{' '}
              {finding.message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
