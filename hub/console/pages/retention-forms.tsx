import { GIVEN_EVENTS } from '@gatehouse/compliance/retention/clock.ts';
import { eventDayText } from '@gatehouse/compliance/retention/reasons.ts';
import { SCOPE_FORMS } from '@gatehouse/compliance/retention/scope-word.ts';
import type { Child } from 'hono/jsx';
import { CodeField } from '../parts/step-up.tsx';

/** What the forms of the page depend on. */
export interface RetentionViewer {
  readonly personId: string;
  readonly mayPropose: boolean;
  readonly mayApprove: boolean;
  /** Whether a fresh code of the authenticator is needed before a word counts that cannot be taken back. */
  readonly needsCode: boolean;
}

/** Where the reason is said that stands in the ledger. */
export function ReasonField() {
  return (
    <label>
      <span>Reason, for the ledger</span>
      <input name="reason" required maxlength={2_000} />
    </label>
  );
}

/** A form that hides behind one word until it is needed. */
export function FoldedForm({
  word,
  action,
  children,
}: {
  readonly word: string;
  readonly action: string;
  readonly children?: Child;
}) {
  return (
    <details>
      <summary>{word}</summary>
      <form method="post" action={action} class="filters">
        {children}
      </form>
    </details>
  );
}

function ScopeField() {
  return (
    <label>
      <span>{`Scope: ${SCOPE_FORMS.join(', ')}`}</span>
      <input name="scope" required maxlength={200} placeholder="subject:c-81" />
    </label>
  );
}

/** Sets a hold; one person is enough. */
export function HoldForm() {
  return (
    <FoldedForm word="Set a hold" action="/retention/holds">
      <ScopeField />
      <ReasonField />
      <div class="buttons">
        <button type="submit">Set the hold</button>
      </div>
    </FoldedForm>
  );
}

/** Puts a day on record that starts a clock. */
export function EventForm({ today, needsCode }: { readonly today: string; readonly needsCode: boolean }) {
  return (
    <FoldedForm word="Put a clock event on record" action="/retention/events">
      <label>
        <span>Event</span>
        <select name="event">
          {GIVEN_EVENTS.map((event) => (
            <option value={event}>{eventDayText(event)}</option>
          ))}
        </select>
      </label>
      <ScopeField />
      <label>
        <span>Day; empty takes an earlier word back</span>
        <input type="date" name="day" max={today} />
      </label>
      <ReasonField />
      <CodeField needsCode={needsCode} />
      <div class="buttons">
        <button type="submit">Put it on record</button>
      </div>
    </FoldedForm>
  );
}
