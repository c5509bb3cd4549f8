import { keyFingerprint } from '@gatehouse/shared/enrolment/key-fingerprint.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { isLiveEnrolment } from '@gatehouse/shared/schema/enrolment.ts';
import type { Child } from 'hono/jsx';
import { mayDo } from '../../people/permissions.ts';
import { isSteppedUp } from '../../people/step-up.ts';
import type { EnrolmentRow } from '../../store/enrolment-rows.ts';
import type { EnrolmentDesk } from '../../sync/enrolment/enrolment-desk.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { StateMark, Time } from '../parts/marks.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import { CodeField, proveAgain } from '../parts/step-up.tsx';
import { TableRows } from '../parts/table-rows.tsx';
import { addressOf, formOf, type Route, viewerOf } from '../route.ts';

export const deviceRoutes: readonly Route[] = [
  { method: 'GET', path: '/devices', needs: 'devices.read', handle: (c, parts) => showDevices(c, parts) },
  { method: 'POST', path: '/devices/tokens', needs: 'devices.manage', handle: issueToken },
  { method: 'POST', path: '/devices/:id/decide', needs: 'devices.manage', handle: decide },
];

interface Message {
  readonly problem?: string;
  readonly done?: Child;
}

/** What the forms of the page depend on. */
interface Standing {
  readonly mayManage: boolean;
  /** Whether a fresh code of the authenticator is needed before anything is changed. */
  readonly needsCode: boolean;
}

const NOTE =
  'The edges that may connect, by a certificate of this hub. A certificate gives access; records count by the key that was approved.';

async function showDevices(c: ConsoleContext, parts: Parts, message: Message = {}) {
  const rows = (await parts.devices?.list()) ?? [];
  const mayManage = parts.devices !== undefined && mayDo(viewerOf(c).role, 'devices.manage');
  const standing = { mayManage, needsCode: mayManage && !(await isSteppedUp(parts.people, viewerOf(c))) };
  const asked = rows.filter(({ state }) => state === 'requested');
  const others = rows.filter(({ state }) => state !== 'requested');
  return renderPage(c, parts, {
    title: 'Devices',
    place: '/devices',
    status: message.problem === undefined ? 200 : 422,
    body: (
      <>
        <Heading title="Devices" note={NOTE} />
        {message.problem === undefined ? null : (
          <p class="problem" role="alert">
            {message.problem}
          </p>
        )}
        {message.done ?? null}
        {parts.devices === undefined ? <p class="note">This hub has no door for edges from elsewhere.</p> : null}
        {mayManage ? <TokenForm needsCode={standing.needsCode} /> : null}
        {asked.map((row) => (
          <AskedPanel row={row} standing={standing} />
        ))}
        {others.length === 0 ? (
          <p class="note">No edge was enrolled yet. The edge of this machine needs no certificate.</p>
        ) : (
          <DeviceTable rows={others} standing={standing} />
        )}
      </>
    ),
  });
}

function TokenForm({ needsCode }: { readonly needsCode: boolean }) {
  return (
    <form method="post" action="/devices/tokens" class="filters">
      <label>
        <span>Name of the new edge</span>
        <input name="edge" required maxlength={64} pattern="[A-Za-z0-9][A-Za-z0-9._\-]*" placeholder="edge-2" />
      </label>
      <CodeField needsCode={needsCode} />
      <div class="buttons">
        <button type="submit">Issue a token</button>
      </div>
    </form>
  );
}

/** What a person compares before they let a machine in. */
function AskedPanel({ row, standing }: { readonly row: EnrolmentRow; readonly standing: Standing }) {
  const { request, edge, enrolmentId, endsAt } = row;
  if (request === null) return null;
  const { machine, address, requestedAt, verifierKey, csrKey } = request;
  const facts: readonly (readonly [string, Child])[] = [
    ['Asked', <Time at={requestedAt} />],
    ['From the address', address],
    ['Machine', `${machine.host}, ${machine.system} ${machine.processor}, release ${machine.release}`],
    ['User', machine.user],
    ['Good until', <Time at={endsAt} />],
  ];
  return (
    <section class="block" aria-label={`Request of ${edge}`}>
      <h2>{`${edge} asks to be let in`}</h2>
      <dl class="facts-inline">
        {facts.map(([term, fact]) => (
          <div>
            <dt>{term}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
      </dl>
      <p>The person at the machine reads out both fingerprints; approve only where every group is the same.</p>
      <dl class="facts-inline">
        <div>
          <dt>Key of the records</dt>
          <dd>
            <code class="key">{keyFingerprint(verifierKey)}</code>
          </dd>
        </div>
        <div>
          <dt>Key of the certificate</dt>
          <dd>
            <code class="key">{csrKey}</code>
          </dd>
        </div>
      </dl>
      {standing.mayManage ? (
        <DecisionForm id={enrolmentId} standing={standing}>
          <button
            type="submit"
            name="decision"
            value="approve"
            data-confirm={`Were all groups of both fingerprints the same, read out at ${edge}?`}
          >
            Approve
          </button>
          <button type="submit" name="decision" value="refuse" class="danger">
            Refuse
          </button>
        </DecisionForm>
      ) : null}
    </section>
  );
}

function DecisionForm({
  id,
  standing,
  children,
}: {
  readonly id: string;
  readonly standing: Standing;
  readonly children?: Child;
}) {
  return (
    <form method="post" action={`/devices/${id}/decide`} class="filters">
      <label>
        <span>Reason, for the ledger</span>
        <input name="reason" required maxlength={2_000} />
      </label>
      <CodeField needsCode={standing.needsCode} />
      <div class="buttons">{children}</div>
    </form>
  );
}

function DeviceTable({ rows, standing }: { readonly rows: readonly EnrolmentRow[]; readonly standing: Standing }) {
  return (
    <TableRows
      caption="Devices"
      rows={rows}
      columns={[
        { title: 'Edge', kind: 'text', cell: (row) => row.edge },
        { title: 'State', kind: 'text', cell: (row) => row.state, show: (row) => <StateMark state={row.state} /> },
        { title: 'Last seen', kind: 'instant', cell: (row) => row.seenAt },
        { title: 'Good until', kind: 'instant', cell: (row) => row.endsAt },
        { title: 'Machine', kind: 'text', cell: (row) => row.request?.machine.host ?? null },
        { title: 'Decided by', kind: 'text', cell: (row) => row.decidedBy, isMinor: true },
        { title: 'Why', kind: 'text', cell: (row) => row.reason },
        {
          title: 'Enrolment',
          kind: 'text',
          cell: (row) => row.enrolmentId,
          show: (row) => <code>{row.enrolmentId}</code>,
          isMinor: true,
        },
        ...(standing.mayManage
          ? [
              {
                title: 'Change',
                kind: 'text' as const,
                cell: () => null,
                show: (row: EnrolmentRow) => <EndForm row={row} standing={standing} />,
              },
            ]
          : []),
      ]}
    />
  );
}

function EndForm({ row, standing }: { readonly row: EnrolmentRow; readonly standing: Standing }) {
  const { edge, enrolmentId, state } = row;
  if (state !== 'token-issued' && !isLiveEnrolment(state)) return null;
  const [decision, word] = state === 'token-issued' ? ['refuse', 'Withdraw'] : ['revoke', 'Revoke'];
  const question = state === 'token-issued' ? `Withdraw the token of ${edge}?` : `Cut ${edge} off from the hub now?`;
  return (
    <details>
      <summary>{word}</summary>
      <DecisionForm id={enrolmentId} standing={standing}>
        <button type="submit" name="decision" value={decision} class="danger" data-confirm={question}>
          {word}
        </button>
      </DecisionForm>
    </details>
  );
}

async function issueToken(c: ConsoleContext, parts: Parts) {
  const { edge, code } = await formOf(c, ['edge', 'code']);
  return changing({ c, parts, code }, async (devices, actor) => {
    const token = await devices.issueToken(actor, edge.trim());
    return (
      <section class="done" role="status">
        <p>
          Give this token to whoever sets up <strong>{edge.trim()}</strong>. It is shown this once, works once, and is
          good until <Time at={token.expiresAt} />. On the new machine: <code>gatehouse enrol TOKEN</code>
        </p>
        <p>
          <label class="unseen" for="token">
            The token
          </label>
          <input id="token" class="wide" readonly value={token.text} data-select />
        </p>
      </section>
    );
  });
}

async function decide(c: ConsoleContext, parts: Parts) {
  const { decision, reason, code } = await formOf(c, ['decision', 'reason', 'code']);
  const enrolmentId = c.req.param('id') ?? '';
  return changing({ c, parts, code }, async (devices, actor) => {
    const step = { enrolmentId, reason };
    if (decision === 'approve') await devices.approve(actor, step);
    else if (decision === 'refuse') await devices.refuse(actor, step);
    else if (decision === 'revoke') await devices.revoke(actor, step);
    else throw new KitError('VALUE_MALFORMED', 'the decision is neither to approve, to refuse nor to revoke');
    const word = { approve: 'approved', refuse: 'refused', revoke: 'revoked' }[decision];
    return (
      <p class="done" role="status">
        {`The enrolment ${enrolmentId} is ${word}. The decision and your reason are on record.`}
        {decision === 'approve' ? <NextStep /> : null}
      </p>
    );
  });
}

function NextStep() {
  return (
    <>
      {' On the new machine, give it the people and the sheet of the firm, each as '}
      <code>gatehouse trust export</code> and <code>gatehouse limits export</code>
      {' write them here, with '}
      <code>gatehouse trust apply FILE --name EDGE</code> and <code>gatehouse limits apply FILE --name EDGE</code>
      {', then start it with '}
      <code>gatehouse edge --name EDGE</code>.
    </>
  );
}

type Actor = Parameters<EnrolmentDesk['issueToken']>[0];

/** Changes something once the second factor is proved again; what a person can do something about is told on the page. */
async function changing(
  { c, parts, code }: { readonly c: ConsoleContext; readonly parts: Parts; readonly code: string },
  change: (devices: EnrolmentDesk, actor: Actor) => Promise<Child>,
) {
  const { devices } = parts;
  if (devices === undefined) return showDevices(c, parts, { problem: 'This hub has no door for edges.' });
  const problem = await proveAgain(c, parts, code);
  if (problem !== undefined) return showDevices(c, parts, { problem });
  try {
    const done = await change(devices, { personId: viewerOf(c).personId, from: addressOf(c) });
    return await showDevices(c, parts, { done });
  } catch (error) {
    if (error instanceof KitError && error.treatment.http < 500) {
      return showDevices(c, parts, { problem: describeError(error) });
    }
    throw error;
  }
}
