import { isSteppedUp, stepUp } from '../../people/step-up.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { addressOf, viewerOf } from '../route.ts';

const MS_PER_SECOND = 1_000;

/** Where a fresh code is typed, if one is needed. */
export function CodeField({ needsCode }: { readonly needsCode: boolean }) {
  if (!needsCode) return null;
  return (
    <label>
      <span>Code that your authenticator shows now</span>
      <input name="code" inputmode="numeric" autocomplete="one-time-code" size={8} required />
    </label>
  );
}

/** Proves the second factor once more; answers why that did not succeed, undefined where it did or was fresh. */
export async function proveAgain(c: ConsoleContext, parts: Parts, code: string): Promise<string | undefined> {
  const viewer = viewerOf(c);
  if (await isSteppedUp(parts.people, viewer)) return undefined;
  const result = await stepUp(parts.people, viewer, { code, from: addressOf(c) });
  if (result.kind === 'stepped-up') return undefined;
  if (result.kind === 'wait') {
    return `Too many codes were wrong. Try again in ${Math.ceil(result.waitMs / MS_PER_SECOND)} seconds.`;
  }
  return 'The code is not the one that your authenticator shows now. Wait for the next one; each serves once.';
}
