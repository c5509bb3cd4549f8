import { randomBytes } from 'node:crypto';
import { carefulFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import { giveEvent } from '@gatehouse/hub/ledger/retention/clock-events.ts';
import { setHold } from '@gatehouse/hub/ledger/retention/holds.ts';
import { approveRetention, proposeRetention } from '@gatehouse/hub/ledger/retention/proposals.ts';
import { disposeApproved } from '@gatehouse/hub/ledger/retention/proposals-disposal.ts';
import { runRetention } from '@gatehouse/hub/ledger/retention/retention-run.ts';
import { inTransaction } from '@gatehouse/hub/store/database.ts';
import { dayOf } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConsoleBrowser, hasBrowser, openConsoleBrowser, violations } from '../../fixtures/console-browser.ts';
import { startTestServer, type TestServer } from '../../fixtures/postgres.ts';
import { enrolFirst, type TestConsole, type TestPerson, testConsole } from '../../fixtures/test-console.ts';

// The page of retention with something in each of its tables, as an officer sees it and works it by keyboard.

let server: TestServer;
let shown: ConsoleBrowser;
let subject: TestConsole;
let person: TestPerson;

beforeAll(async () => {
  if (!hasBrowser) return;
  server = await startTestServer();
  shown = await openConsoleBrowser();
  subject = await testConsole(await server.database(), { origin: shown.origin, startMs: Date.UTC(2045, 0, 5, 10) });
  shown.show(subject.console);
  person = await enrolFirst(subject);
  await fillRetention(subject);
}, 300_000);

afterAll(async () => {
  if (!hasBrowser) return;
  await shown.close();
  subject.console.close();
  await subject.ledger.ingest.close();
  await server.stop();
});

/** Customers in each state, a hold, a certificate, and proposals that wait. */
async function fillRetention({ ledger, clock }: TestConsole): Promise<void> {
  const { database } = ledger;
  const { appendAct } = ledger.hubStream;
  const deps = { database, appendAct, clock, random: (length: number) => randomBytes(length) };
  const [anna, ben, cleo] = ['P-anna', 'P-ben', 'P-cleo'].map((personId) => ({ personId, from: 'test' }));
  if (anna === undefined || ben === undefined || cleo === undefined) throw new Error('nobody decides');
  for (const target of ['c-1', 'c-2', 'c-3', 'c-4']) {
    await inTransaction(database, (tx) => appendAct(tx, { action: 'customer.recorded', by: 'P-anna', target }));
  }
  const ruling = { maximum: 'eu-aml-customer', decides: 'maximum' as const, reason: 'A house in the EU.' };
  const rulings = ['us-account-records', 'firm-floor'].map((minimum) => ({ minimum, ...ruling }));
  const figures = { ...carefulFigures('A firm of tests'), rulings };
  const first = await proposeRetention(deps, anna, { change: { kind: 'figures', figures }, reason: 'Ours.' });
  await approveRetention(deps, ben, first.proposalId);
  for (const subjectId of ['c-1', 'c-2', 'c-3']) {
    for (const event of ['account-closed', 'relationship-ended']) {
      const scope = { kind: 'subject', subject: subjectId } as const;
      await giveEvent(deps, anna, { event: { event, scope, day: '2039-01-05' }, reason: 'Left.' });
    }
  }
  const dispose = async () => ({ leaf: 2, records: 1, finalFrom: '2045-02-04' });
  const change = { kind: 'disposal', target: 'subject/c-1' } as const;
  const gone = await proposeRetention(deps, anna, { change, reason: 'Five years are over.' });
  await approveRetention(deps, ben, gone.proposalId);
  await approveRetention(deps, cleo, gone.proposalId);
  await disposeApproved(deps, dispose);
  await setHold(deps, cleo, { scope: { kind: 'subject', subject: 'c-2' }, reason: 'A lawsuit.' });
  await proposeRetention(deps, anna, {
    change: { kind: 'figures', figures: carefulFigures('Another') },
    reason: 'New ones.',
  });
  await runRetention(deps, dayOf(clock.now()));
}

test.runIf(hasBrowser)(
  'the page is clean in both colour schemes and on a narrow screen, with everything unfolded',
  async () => {
    const page = await shown.pageOf(person, { width: 1280, height: 900 });
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(`${shown.origin}/retention`);
      for (const text of ['must go', 'held beyond its maximum', 'A lawsuit.', 'leaf 2', 'New ones.']) {
        expect(await page.getByText(text).count(), text).toBeGreaterThan(0);
      }
      await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
      await shown.shoot(page, `retention-full-${scheme}`);
      expect(await violations(page), scheme).toEqual([]);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    await shown.shoot(page, 'retention-full-narrow');
    expect(overflow).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  },
  120_000,
);

test.runIf(hasBrowser)(
  'an officer comes to the page, sets a hold and proposes a disposal by keyboard alone',
  async () => {
    const page = await shown.pageOf(person, { width: 1280, height: 900 });
    page.on('dialog', (dialog) => void dialog.accept());
    await page.goto(shown.origin);
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.waitForURL(/\/retention$/);
    const press = async (keys: readonly string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await page.getByText('Set a hold', { exact: true }).focus();
    await press(['Enter', 'Tab']);
    await page.keyboard.type('class:trading:2026-01');
    await press(['Tab']);
    await page.keyboard.type('An inquiry.');
    await press(['Tab', 'Enter']);
    await page.getByText(/Hold H-[0-9a-f]{12} stands from now on/).waitFor();
    const row = page.getByRole('row', { name: /subject\/c-3/ });
    await row.locator('summary', { hasText: 'Disposal' }).focus();
    await press(['Enter', 'Tab']);
    await page.keyboard.type('Five years are over.');
    await press(['Tab', 'Enter']);
    await page.getByText(/is proposed and waits for 2 other people/).waitFor();
    await page.getByText('the disposal of subject/c-3').first().waitFor();
    await page.context().close();
  },
  120_000,
);
