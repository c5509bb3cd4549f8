import type { ActBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Role } from './permissions.ts';

/** Something that a person or the hub did, before it becomes an entry of stream `hub`. */
export type Act = Omit<ActBody, 'v'>;

/** A person who may enter the console. Units: times are instants as text. */
export interface Person {
  readonly personId: string;
  readonly login: string;
  readonly role: Role;
  readonly passwordHash: string;
  readonly totpSecretSealed: string;
  readonly totpLastStep: number;
  readonly status: 'active' | 'disabled';
  readonly createdAt: string;
}

/** A link by which one person can enrol once. */
export interface Invitation {
  readonly tokenHash: string;
  readonly role: Role;
  /** Absent for the link that the hub itself prints on its first run. */
  readonly invitedBy: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly usedAt: string | null;
  readonly totpSecretSealed: string | null;
}

/** One signed-in browser. */
export interface WebSession {
  readonly sessionHash: string;
  readonly personId: string;
  readonly createdAt: string;
  readonly seenAt: string;
  readonly address: string;
}

/** A session with whose it is. */
export interface SessionWithPerson extends WebSession {
  readonly login: string;
  readonly role: Role;
  readonly status: Person['status'];
}

/** What is counted of the attempts for a login or from an address. */
export interface ThrottleRow {
  readonly failures: number;
  readonly blockedUntil: string | null;
}

/** The rows about people within one transaction; `record` puts the act into that same transaction. */
export interface PeopleRows {
  record(act: Act): Promise<void>;

  countPeople(): Promise<number>;
  listPeople(): Promise<readonly Person[]>;
  findPerson(personId: string): Promise<Person | undefined>;
  findByLogin(login: string): Promise<Person | undefined>;
  insertPerson(person: Person): Promise<void>;
  disablePerson(personId: string): Promise<void>;
  /** Whether the step is later than all before; it is then taken, so that of two equal codes one is refused. */
  takeStep(personId: string, step: number): Promise<boolean>;

  insertRecoveryCodes(personId: string, hashes: readonly string[]): Promise<void>;
  takeRecoveryCode(personId: string, hash: string, at: string): Promise<boolean>;
  countRecoveryCodes(personId: string): Promise<number>;

  insertInvitation(invitation: Invitation): Promise<void>;
  /** Locks the row, so that a link is used once. */
  findInvitation(tokenHash: string): Promise<Invitation | undefined>;
  setInvitationSecret(tokenHash: string, totpSecretSealed: string): Promise<void>;
  useInvitation(tokenHash: string, at: string): Promise<void>;
  deleteFirstRunInvitations(): Promise<void>;
  listInvitations(now: string): Promise<readonly Invitation[]>;
  deleteInvitation(tokenHash: string): Promise<boolean>;

  insertSession(session: WebSession): Promise<void>;
  findSession(sessionHash: string): Promise<SessionWithPerson | undefined>;
  listSessions(personId: string): Promise<readonly WebSession[]>;
  touchSession(sessionHash: string, at: string): Promise<void>;
  deleteSession(sessionHash: string, personId: string): Promise<boolean>;
  deleteSessionsOf(personId: string): Promise<void>;
  deleteSessionsBefore(horizon: { readonly begunBefore: string; readonly usedBefore: string }): Promise<void>;
  /** Keeps when a session last proved its second factor again. */
  writeStepUp(sessionHash: string, at: string): Promise<void>;
  findStepUp(sessionHash: string): Promise<string | undefined>;

  /** Locks the row of the subject, made where there is none. */
  lockThrottle(subject: string): Promise<ThrottleRow>;
  writeThrottle(subject: string, row: ThrottleRow): Promise<void>;
  deleteThrottle(subject: string): Promise<void>;
  deleteThrottlesBefore(at: string): Promise<void>;
}

/** Runs work on the rows about people, all or nothing. */
export interface PeopleStore {
  transact<T>(work: (rows: PeopleRows) => Promise<T>): Promise<T>;
}
