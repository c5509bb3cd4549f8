import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { mayDo } from '../../people/permissions.ts';
import { openSession, type Viewer } from '../../people/sessions.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { readSessionToken } from '../session-cookie.ts';

const MARK_LENGTH = 16;
const GUEST = 'guest';

/** By what a page and its streams know that they belong to one session; it opens nothing. */
export function sessionMark(viewer: Viewer | undefined): string {
  return viewer === undefined ? GUEST : sha256(`live ${viewer.sessionHash}`).toString('hex').slice(0, MARK_LENGTH);
}

/** Whether who asked may still be answered: an answer may have waited while a session was ended or a role taken away. */
export async function isStillHere(c: ConsoleContext, parts: Parts): Promise<boolean> {
  const before = c.get('viewer');
  if (before === undefined) return !(await parts.hasPeople());
  const now = await openSession(parts.people, readSessionToken(c) ?? '', { isUse: false });
  return now !== undefined && mayDo(now.role, 'records.read');
}
