import { hash, verify } from '@node-rs/argon2';

/** The shortest password. Source: NIST SP 800-63B-4 3.1.1.2 asks for 8 beside a second factor; we ask for more. */
export const PASSWORD_LENGTH_MIN = 12;

/** Longer texts are refused, so that nobody makes the hub hash a book. */
export const PASSWORD_LENGTH_MAX = 256;

// Argon2id with 19 MiB, two passes and one lane. Source: OWASP Password Storage Cheat Sheet. 2 is Algorithm.Argon2id.
const COST = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** What is hashed where a login is unknown, so that the answer takes as long as for a known one. */
const NOBODY = '$argon2id$v=19$m=19456,t=2,p=1$c65QqmT9ZvqufGVGwIG0iw$Md+u6YvQpUFp0WSy2UhIxrQduFHayJ7rzwPvN2i6pBU';

/** Passwords, at least as long as ours must be, that attackers try first. */
const COMMON = new Set([
  '123456789012',
  '1234567890123',
  '012345678910',
  '111111111111',
  '000000000000',
  '123123123123',
  'abcdefghijkl',
  'qwertyuiop12',
  'qwertyuiop123',
  'qwertyuiopasdf',
  'qwerty123456',
  'password1234',
  'password12345',
  'password123456',
  'passwordpassword',
  'passw0rd1234',
  'p@ssw0rd1234',
  'iloveyou1234',
  'letmein12345',
  'welcome12345',
  'administrator',
  'administrator1',
  'adminadmin123',
  'changeme1234',
  'trustno1trustno1',
  'correcthorsebatterystaple',
  'gatehouse123',
  'gatehouse1234',
  'gatehousegatehouse',
]);

/** What is wrong with a new password, as sentences; empty where nothing is. */
export function passwordProblems(password: string, login: string): readonly string[] {
  const length = [...password].length;
  if (length < PASSWORD_LENGTH_MIN)
    return [`The password has ${length} characters; use ${PASSWORD_LENGTH_MIN} or more.`];
  if (length > PASSWORD_LENGTH_MAX) return [`The password is longer than ${PASSWORD_LENGTH_MAX} characters.`];
  const plain = password.normalize('NFKC').toLowerCase();
  if (login.length >= 3 && plain.includes(login.toLowerCase())) return ['The password contains the login.'];
  if (COMMON.has(plain) || new Set(plain).size < 5) return ['The password is one of those that attackers try first.'];
  return [];
}

export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFKC'), COST);
}

/** Whether the password is the one of the hash; without a hash the same work is done and the answer is no. */
export async function verifyPassword(password: string, passwordHash: string | undefined): Promise<boolean> {
  if (password.length > PASSWORD_LENGTH_MAX * 2) return false;
  const matches = await verify(passwordHash ?? NOBODY, password.normalize('NFKC'));
  return passwordHash !== undefined && matches;
}
