import { parseScope } from '@gatehouse/compliance/retention/scope-word.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { dayOf } from '@gatehouse/shared/values/instant.ts';
import { giveEvent } from '../../ledger/retention/clock-events.ts';
import { readStanding } from '../../ledger/retention/explain-standing.ts';
import { setHold } from '../../ledger/retention/holds.ts';
import {
  approveRetention,
  type ProposedChange,
  proposeRetention,
  rejectRetention,
  withdrawRetention,
} from '../../ledger/retention/proposals.ts';
import type { RetentionActor, RetentionDeps } from '../../ledger/retention/proposals-work.ts';
import { mayDo } from '../../people/permissions.ts';
import { isSteppedUp } from '../../people/step-up.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { Heading, renderPage } from '../parts/page.tsx';
import { proveAgain } from '../parts/step-up.tsx';
import { addressOf, formOf, type Route, viewerOf } from '../route.ts';
import { CertificatePanel, ClassPanel, FiguresPanel } from './retention-classes.tsx';
import { EventForm, HoldForm, type RetentionViewer } from './retention-forms.tsx';
import { FindingPanel, HoldPanel, ProposalPanel } from './retention-panels.tsx';

export const retentionRoutes: readonly Route[] = [
  { method: 'GET', path: '/retention', needs: 'retention.read', handle: (c, parts) => showRetention(c, parts) },
  { method: 'POST', path: '/retention/events', needs: 'retention.propose', handle: takeEvent },
  { method: 'POST', path: '/retention/holds', needs: 'retention.propose', handle: takeHold },
  { method: 'POST', path: '/retention/proposals', needs: 'retention.propose', handle: takeProposal },
  { method: 'POST', path: '/retention/proposals/:id/decide', needs: 'retention.read', handle: takeDecision },
];

interface Message {
  readonly problem?: string;
  readonly problems?: readonly string[];
  readonly done?: string;
}

const NOTE =
  'How long records are kept, what may go and what must go. The longest minimum wins, a hold beats everything, and nothing goes without three people.';

async function showRetention(c: ConsoleContext, parts: Parts, message: Message = {}) {
  const standing = await readStanding(parts.database);
  const { personId, role } = viewerOf(c);
  const [mayPropose, mayApprove] = [mayDo(role, 'retention.propose'), mayDo(role, 'retention.approve')];
  const needsCode = (mayPropose || mayApprove) && !(await isSteppedUp(parts.people, viewerOf(c)));
  const viewer: RetentionViewer = { personId, mayPropose, mayApprove, needsCode };
  const today = dayOf(parts.clock.now());
  return renderPage(c, parts, {
    title: 'Retention',
    place: '/retention',
    status: message.problem === undefined ? 200 : 422,
    body: (
      <>
        <Heading title="Retention" note={NOTE} />
        <MessageLine message={message} />
        <ProposalPanel standing={standing} viewer={viewer} />
        <FindingPanel standing={standing} viewer={viewer} today={today} />
        <HoldPanel standing={standing} viewer={viewer} />
        {mayPropose ? <HoldForm /> : null}
        {mayPropose ? <EventForm today={today} needsCode={needsCode} /> : null}
        <FiguresPanel standing={standing} viewer={viewer} />
        <ClassPanel />
        <CertificatePanel standing={standing} />
      </>
    ),
  });
}

function MessageLine({ message }: { readonly message: Message }) {
  const { problem, problems = [], done } = message;
  if (problem !== undefined) {
    return (
      <section class="problem" role="alert">
        <p>{problem}</p>
        {problems.length === 0 ? null : (
          <ul>
            {problems.map((one) => (
              <li>{one}</li>
            ))}
          </ul>
        )}
      </section>
    );
  }
  if (done === undefined) return null;
  return (
    <p class="done" role="status">
      {done}
    </p>
  );
}

async function takeEvent(c: ConsoleContext, parts: Parts) {
  const { event, scope, day, reason, code } = await formOf(c, ['event', 'scope', 'day', 'reason', 'code']);
  return changing({ c, parts, code }, async (deps, actor) => {
    const given = { event, scope: parseScope(scope), day: day === '' ? null : day };
    await giveEvent(deps, actor, { event: given, reason });
    return 'The event is on record; the next run judges by it.';
  });
}

async function takeHold(c: ConsoleContext, parts: Parts) {
  const { scope, reason } = await formOf(c, ['scope', 'reason']);
  return changing({ c, parts }, async (deps, actor) => {
    const { id } = await setHold(deps, actor, { scope: parseScope(scope), reason });
    return `Hold ${id} stands from now on.`;
  });
}

async function takeProposal(c: ConsoleContext, parts: Parts) {
  const form = await formOf(c, ['kind', 'target', 'hold', 'figures', 'reason']);
  return changing({ c, parts }, async (deps, actor) => {
    const { proposalId, needed } = await proposeRetention(deps, actor, { change: changeOf(form), reason: form.reason });
    return `${proposalId} is proposed and waits for ${needed} other ${needed === 1 ? 'person' : 'people'}.`;
  });
}

async function takeDecision(c: ConsoleContext, parts: Parts) {
  const { decision, reason, code } = await formOf(c, ['decision', 'reason', 'code']);
  const proposalId = c.req.param('id') ?? '';
  const { role } = viewerOf(c);
  if (!mayDo(role, decision === 'withdraw' ? 'retention.propose' : 'retention.approve')) {
    return showRetention(c, parts, { problem: `The role ${role} may not ${decision} proposals.` });
  }
  return changing({ c, parts, code: decision === 'approve' ? code : undefined }, async (deps, actor) => {
    const step = { proposalId, reason };
    const { state, needed, approvedBy } = await decide(decision, { deps, actor, step });
    if (state !== 'proposed') return `${proposalId} is ${state}.`;
    return `${proposalId} has ${approvedBy.length} of ${needed} approvals.`;
  });
}

interface Decision {
  readonly deps: RetentionDeps;
  readonly actor: RetentionActor;
  readonly step: { readonly proposalId: string; readonly reason: string };
}

function decide(decision: string, { deps, actor, step }: Decision) {
  if (decision === 'approve') return approveRetention(deps, actor, step.proposalId);
  if (decision === 'reject') return rejectRetention(deps, actor, step);
  if (decision === 'withdraw') return withdrawRetention(deps, actor, step);
  throw new KitError('VALUE_MALFORMED', 'the decision is neither to approve, to reject nor to withdraw');
}

function changeOf(form: Readonly<Record<'kind' | 'target' | 'hold' | 'figures', string>>): ProposedChange {
  if (form.kind === 'lift') return { kind: 'lift', hold: form.hold };
  if (form.kind === 'disposal') return { kind: 'disposal', target: form.target.trim() };
  if (form.kind !== 'figures') throw new KitError('VALUE_MALFORMED', 'the proposal is of no known kind');
  try {
    return { kind: 'figures', figures: JSON.parse(form.figures) };
  } catch (cause) {
    throw new KitError('VALUE_MALFORMED', 'the figures are no JSON', {
      hint: 'Check quotes, commas and brackets.',
      cause,
    });
  }
}

interface Changing {
  readonly c: ConsoleContext;
  readonly parts: Parts;
  /** Absent where no fresh code is needed. */
  readonly code?: string | undefined;
}

/** Changes something, after a fresh code where one is needed; what a person can do something about is told on the page. */
async function changing(
  { c, parts, code }: Changing,
  change: (deps: RetentionDeps, actor: RetentionActor) => Promise<string>,
) {
  const problem = code === undefined ? undefined : await proveAgain(c, parts, code);
  if (problem !== undefined) return showRetention(c, parts, { problem });
  const { database, appendAct, clock, random } = parts;
  try {
    const actor = { personId: viewerOf(c).personId, from: addressOf(c) };
    const done = await change({ database, appendAct, clock, random }, actor);
    return await showRetention(c, parts, { done });
  } catch (error) {
    if (error instanceof KitError && error.treatment.http < 500) {
      return showRetention(c, parts, { problem: describeError(error), problems: error.problems });
    }
    throw error;
  }
}
