import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { Child } from 'hono/jsx';
import { invitePerson } from '../../people/enrolment.ts';
import type { Invitation, Person } from '../../people/people-store.ts';
import { isRole, roles, roleTexts } from '../../people/permissions.ts';
import { disablePerson } from '../../people/sessions.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { StateMark, Time } from '../parts/marks.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import { TableRows } from '../parts/table-rows.tsx';
import { addressOf, formOf, type Route, viewerOf } from '../route.ts';

const HASH = /^[0-9a-f]{64}$/;

export const peopleRoutes: readonly Route[] = [
  { method: 'GET', path: '/people', needs: 'people.manage', handle: (c, parts) => showPeople(c, parts) },
  { method: 'POST', path: '/people/invite', needs: 'people.manage', handle: invite },
  { method: 'POST', path: '/people/:id/disable', needs: 'people.manage', handle: disable },
  { method: 'POST', path: '/people/invitations/:hash/withdraw', needs: 'people.manage', handle: withdraw },
];

interface Message {
  readonly problem?: string;
  readonly done?: Child;
}

async function showPeople(c: ConsoleContext, parts: Parts, message: Message = {}) {
  const now = instantText(parts.clock.now());
  const { people, invitations } = await parts.people.store.transact(async (rows) => ({
    people: await rows.listPeople(),
    invitations: await rows.listInvitations(now),
  }));
  return renderPage(c, parts, {
    title: 'People',
    place: '/people',
    status: message.problem === undefined ? 200 : 422,
    body: (
      <>
        <Heading title="People" note="Who may enter, and as what. Every change is an act on record." />
        {message.problem === undefined ? null : (
          <p class="problem" role="alert">
            {message.problem}
          </p>
        )}
        {message.done ?? null}
        <InviteForm />
        <PeopleTable people={people} ownId={viewerOf(c).personId} />
        {invitations.length === 0 ? null : <Invitations invitations={invitations} />}
      </>
    ),
  });
}

function InviteForm() {
  return (
    <form method="post" action="/people/invite" class="filters">
      <label>
        <span>Invite a person as</span>
        <select name="role">
          {roles.map((role) => (
            <option value={role} selected={role === 'compliance-officer'}>
              {`${role}: ${roleTexts[role]}`}
            </option>
          ))}
        </select>
      </label>
      <div class="buttons">
        <button type="submit">Make a link</button>
      </div>
    </form>
  );
}

function PeopleTable({ people, ownId }: { readonly people: readonly Person[]; readonly ownId: string }) {
  return (
    <TableRows
      caption="People"
      rows={people}
      columns={[
        { title: 'Login', kind: 'text', cell: (person) => person.login },
        { title: 'Role', kind: 'text', cell: (person) => person.role },
        {
          title: 'Id in the ledger',
          kind: 'text',
          cell: (person) => person.personId,
          show: (person) => <code>{person.personId}</code>,
        },
        {
          title: 'Status',
          kind: 'text',
          cell: (person) => person.status,
          show: (person) => <StateMark state={person.status} />,
        },
        { title: 'Since', kind: 'instant', cell: (person) => person.createdAt },
        {
          title: 'Change',
          kind: 'text',
          cell: () => null,
          show: (person) =>
            person.personId === ownId ? (
              <span class="note">you</span>
            ) : person.status === 'disabled' ? (
              ''
            ) : (
              <form method="post" action={`/people/${person.personId}/disable`}>
                <button
                  type="submit"
                  class="danger"
                  data-confirm={`Disable ${person.login} and end all their sessions?`}
                >
                  Disable
                </button>
              </form>
            ),
        },
      ]}
    />
  );
}

function Invitations({ invitations }: { readonly invitations: readonly Invitation[] }) {
  return (
    <section class="block">
      <h2>Open invitations</h2>
      <TableRows
        caption="Open invitations"
        rows={invitations}
        columns={[
          { title: 'Role', kind: 'text', cell: (row) => row.role },
          { title: 'Made', kind: 'instant', cell: (row) => row.createdAt },
          {
            title: 'Good until',
            kind: 'instant',
            cell: (row) => row.expiresAt,
            show: (row) => <Time at={row.expiresAt} />,
          },
          {
            title: 'Change',
            kind: 'text',
            cell: () => null,
            show: (row) => (
              <form method="post" action={`/people/invitations/${row.tokenHash}/withdraw`}>
                <button type="submit" class="quiet">
                  Withdraw
                </button>
              </form>
            ),
          },
        ]}
      />
    </section>
  );
}

async function invite(c: ConsoleContext, parts: Parts) {
  const { role } = await formOf(c, ['role']);
  if (!isRole(role)) return showPeople(c, parts, { problem: 'Choose one of the roles.' });
  const token = await invitePerson(parts.people, { role, invitedBy: viewerOf(c).personId, from: addressOf(c) });
  const link = `${parts.origin}/enrol/${token}`;
  const done = (
    <section class="done" role="status">
      <p>
        Give this link to the new <strong>{role}</strong>. It is shown this once, works once, and is good for 24 hours.
      </p>
      <p>
        <label class="unseen" for="link">
          The link
        </label>
        <input id="link" class="wide" readonly value={link} data-select />
      </p>
    </section>
  );
  return showPeople(c, parts, { done });
}

async function disable(c: ConsoleContext, parts: Parts) {
  const target = { personId: c.req.param('id') ?? '', from: addressOf(c) };
  const problem = await disablePerson(parts.people, viewerOf(c), target);
  return problem === undefined ? c.redirect('/people', 303) : showPeople(c, parts, { problem });
}

async function withdraw(c: ConsoleContext, parts: Parts) {
  const hash = c.req.param('hash') ?? '';
  const by = viewerOf(c).personId;
  const from = addressOf(c);
  if (HASH.test(hash)) {
    await parts.people.store.transact(async (rows) => {
      if (await rows.deleteInvitation(hash)) await rows.record({ action: 'person.invitation-withdrawn', by, from });
    });
  }
  return c.redirect('/people', 303);
}
