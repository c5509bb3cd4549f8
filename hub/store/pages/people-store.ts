import type {
  Act,
  Invitation,
  PeopleRows,
  PeopleStore,
  Person,
  SessionWithPerson,
  WebSession,
} from '../../people/people-store.ts';
import { type Database, inTransaction, type Transaction } from '../database.ts';

/** Puts an act into stream `hub`, in the caller's transaction. */
export type AppendAct = (tx: Transaction, act: Act) => Promise<unknown>;

/** The rows about people, sessions and invitations in the hub's database. */
export function peopleStore(database: Database, appendAct: AppendAct): PeopleStore {
  return { transact: (work) => inTransaction(database, (tx) => work(rowsOf(tx, appendAct))) };
}

function rowsOf(tx: Transaction, appendAct: AppendAct): PeopleRows {
  return {
    async record(act) {
      await appendAct(tx, act);
    },
    ...personRows(tx),
    ...recoveryRows(tx),
    ...invitationRows(tx),
    ...sessionRows(tx),
    ...throttleRows(tx),
  };
}

function personRows(tx: Transaction) {
  const columns = tx`person_id AS "personId", login, role, password_hash AS "passwordHash", status,
    totp_secret_sealed AS "totpSecretSealed", totp_last_step AS "totpLastStep", created_at AS "createdAt"`;
  return {
    async countPeople() {
      const [row] = await tx<{ count: number }[]>`SELECT count(*) AS count FROM person`;
      return row?.count ?? 0;
    },
    listPeople: () => tx<Person[]>`SELECT ${columns} FROM person ORDER BY created_at, person_id LIMIT 1000`,
    async findPerson(personId: string) {
      const [row] = await tx<Person[]>`SELECT ${columns} FROM person WHERE person_id = ${personId}`;
      return row;
    },
    async findByLogin(login: string) {
      const [row] = await tx<Person[]>`SELECT ${columns} FROM person WHERE login = ${login}`;
      return row;
    },
    async insertPerson(person: Person) {
      await tx`
        INSERT INTO person
          (person_id, login, role, password_hash, totp_secret_sealed, totp_last_step, status, created_at)
        VALUES (${person.personId}, ${person.login}, ${person.role}, ${person.passwordHash},
                ${person.totpSecretSealed}, ${person.totpLastStep}, ${person.status}, ${person.createdAt})`;
    },
    async disablePerson(personId: string) {
      await tx`UPDATE person SET status = 'disabled' WHERE person_id = ${personId}`;
    },
    async takeStep(personId: string, step: number) {
      const taken = await tx`
        UPDATE person SET totp_last_step = ${step} WHERE person_id = ${personId} AND totp_last_step < ${step}`;
      return taken.count === 1;
    },
  };
}

function recoveryRows(tx: Transaction) {
  return {
    async insertRecoveryCodes(personId: string, hashes: readonly string[]) {
      const rows = hashes.map((hash) => ({ person_id: personId, code_hash: hash }));
      await tx`INSERT INTO recovery_code ${tx(rows)}`;
    },
    async takeRecoveryCode(personId: string, hash: string, at: string) {
      const taken = await tx`
        UPDATE recovery_code SET used_at = ${at}
        WHERE person_id = ${personId} AND code_hash = ${hash} AND used_at IS NULL`;
      return taken.count === 1;
    },
    async countRecoveryCodes(personId: string) {
      const [row] = await tx<{ count: number }[]>`
        SELECT count(*) AS count FROM recovery_code WHERE person_id = ${personId} AND used_at IS NULL`;
      return row?.count ?? 0;
    },
  };
}

function invitationRows(tx: Transaction) {
  const columns = tx`token_hash AS "tokenHash", role, invited_by AS "invitedBy", created_at AS "createdAt",
    expires_at AS "expiresAt", used_at AS "usedAt", totp_secret_sealed AS "totpSecretSealed"`;
  return {
    async insertInvitation(invitation: Invitation) {
      await tx`
        INSERT INTO invitation (token_hash, role, invited_by, created_at, expires_at)
        VALUES (${invitation.tokenHash}, ${invitation.role}, ${invitation.invitedBy}, ${invitation.createdAt},
                ${invitation.expiresAt})`;
    },
    async findInvitation(tokenHash: string) {
      const [row] = await tx<
        Invitation[]
      >`SELECT ${columns} FROM invitation WHERE token_hash = ${tokenHash} FOR UPDATE`;
      return row;
    },
    async setInvitationSecret(tokenHash: string, sealed: string) {
      await tx`UPDATE invitation SET totp_secret_sealed = ${sealed} WHERE token_hash = ${tokenHash}`;
    },
    async useInvitation(tokenHash: string, at: string) {
      await tx`UPDATE invitation SET used_at = ${at}, totp_secret_sealed = NULL WHERE token_hash = ${tokenHash}`;
    },
    async deleteFirstRunInvitations() {
      await tx`DELETE FROM invitation WHERE invited_by IS NULL AND used_at IS NULL`;
    },
    listInvitations: (now: string) => tx<Invitation[]>`
      SELECT ${columns} FROM invitation WHERE used_at IS NULL AND expires_at > ${now} ORDER BY created_at DESC LIMIT 100`,
    async deleteInvitation(tokenHash: string) {
      const gone = await tx`DELETE FROM invitation WHERE token_hash = ${tokenHash} AND used_at IS NULL`;
      return gone.count === 1;
    },
  };
}

function sessionRows(tx: Transaction) {
  const columns = tx`session_hash AS "sessionHash", s.person_id AS "personId", s.created_at AS "createdAt",
    seen_at AS "seenAt", address`;
  return {
    async insertSession(session: WebSession) {
      await tx`
        INSERT INTO web_session (session_hash, person_id, created_at, seen_at, address)
        VALUES (${session.sessionHash}, ${session.personId}, ${session.createdAt}, ${session.seenAt}, ${session.address})`;
    },
    async findSession(sessionHash: string) {
      const [row] = await tx<SessionWithPerson[]>`
        SELECT ${columns}, login, role, status FROM web_session s JOIN person p ON p.person_id = s.person_id
        WHERE session_hash = ${sessionHash}`;
      return row;
    },
    listSessions: (personId: string) => tx<WebSession[]>`
      SELECT ${columns} FROM web_session s WHERE person_id = ${personId} ORDER BY s.created_at DESC LIMIT 100`,
    async touchSession(sessionHash: string, at: string) {
      await tx`UPDATE web_session SET seen_at = ${at} WHERE session_hash = ${sessionHash}`;
    },
    async deleteSession(sessionHash: string, personId: string) {
      const gone = await tx`DELETE FROM web_session WHERE session_hash = ${sessionHash} AND person_id = ${personId}`;
      return gone.count === 1;
    },
    async deleteSessionsOf(personId: string) {
      await tx`DELETE FROM web_session WHERE person_id = ${personId}`;
    },
    async deleteSessionsBefore(horizon: { readonly begunBefore: string; readonly usedBefore: string }) {
      await tx`
        DELETE FROM web_session WHERE created_at <= ${horizon.begunBefore} OR seen_at <= ${horizon.usedBefore}`;
    },
    async writeStepUp(sessionHash: string, at: string) {
      await tx`
        INSERT INTO session_step_up (session_hash, at) VALUES (${sessionHash}, ${at})
        ON CONFLICT (session_hash) DO UPDATE SET at = excluded.at`;
    },
    async findStepUp(sessionHash: string) {
      const [row] = await tx<{ at: string }[]>`SELECT at FROM session_step_up WHERE session_hash = ${sessionHash}`;
      return row?.at;
    },
  };
}

function throttleRows(tx: Transaction) {
  return {
    async lockThrottle(subject: string) {
      await tx`INSERT INTO login_throttle (subject, failures) VALUES (${subject}, 0) ON CONFLICT (subject) DO NOTHING`;
      const [row] = await tx<{ failures: number; blockedUntil: string | null }[]>`
        SELECT failures, blocked_until AS "blockedUntil" FROM login_throttle WHERE subject = ${subject} FOR UPDATE`;
      return row ?? { failures: 0, blockedUntil: null };
    },
    async writeThrottle(subject: string, row: { readonly failures: number; readonly blockedUntil: string | null }) {
      await tx`
        UPDATE login_throttle SET failures = ${row.failures}, blocked_until = ${row.blockedUntil}
        WHERE subject = ${subject}`;
    },
    async deleteThrottlesBefore(at: string) {
      await tx`
        DELETE FROM login_throttle WHERE subject IN (
          SELECT subject FROM login_throttle WHERE blocked_until < ${at} LIMIT 1000 FOR UPDATE SKIP LOCKED)`;
    },
    async deleteThrottle(subject: string) {
      await tx`DELETE FROM login_throttle WHERE subject = ${subject}`;
    },
  };
}
