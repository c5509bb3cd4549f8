import { generate } from 'otplib';
import { type Browser, chromium, type Page } from 'playwright-core';
import { SECOND } from './story-firm.ts';

const CHROMIUM = '/usr/bin/chromium';
const VIEWPORT = { width: 1_280, height: 900 };
const STEP_SECONDS = 30;
const WAIT_MS_MAX = 60_000;
const PASSWORD = 'long words for a story of two edges';

/** An administrator at the console, in a real browser. */
export interface Officer {
  readonly page: Page;
  /** Opens a page of the console. */
  open(path: string): Promise<void>;
  /** What the open page says, in one line. */
  text(): Promise<string>;
  /** Issues a token for the second edge. */
  issueToken(): Promise<string>;
  /** Waits for its request; answers with what the page says of it. */
  seeRequest(): Promise<string>;
  approve(): Promise<void>;
  /** Kills an algorithm at every edge; answers with the id of the kill. */
  killEverywhere(algorithm: string): Promise<string>;
  close(): Promise<void>;
}

/** Opens a browser and becomes the first administrator by the one-time link. */
export async function openOfficer(link: string, isHeaded: boolean): Promise<Officer> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'], headless: !isHeaded });
  const context = await browser.newContext({ viewport: VIEWPORT });
  context.setDefaultTimeout(WAIT_MS_MAX);
  const page = await context.newPage();
  page.on('dialog', (dialog) => void dialog.accept());
  const { origin } = new URL(link);
  let used = 0;
  let secret = '';
  // A code counts once, and the next one is good already; a third one has to be waited for.
  const nextCode = async (): Promise<string> => {
    const now = Math.floor(Date.now() / 1_000);
    const step = Math.max(used + 1, Math.floor(now / STEP_SECONDS));
    const waitMs = (step - 1) * STEP_SECONDS * 1_000 - Date.now();
    if (waitMs > 0) await page.waitForTimeout(waitMs);
    used = step;
    return generate({ secret, epoch: step * STEP_SECONDS });
  };
  await page.goto(link);
  secret = (await page.locator('code.key').first().innerText()).replaceAll(' ', '');
  await page.fill('input[name=login]', 'officer');
  await page.fill('input[name=password]', PASSWORD);
  await page.fill('input[name=again]', PASSWORD);
  await page.fill('input[name=code]', await nextCode());
  await page.click('button:has-text("Enrol")');
  await page.goto(`${origin}/`);
  return officerAt(page, { browser, origin, nextCode });
}

interface Desk {
  readonly browser: Browser;
  readonly origin: string;
  readonly nextCode: () => Promise<string>;
}

function officerAt(page: Page, { browser, origin, nextCode }: Desk): Officer {
  const open = async (path: string): Promise<void> => void (await page.goto(origin + path));
  const text = async (): Promise<string> => (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ');
  return {
    page,
    open,
    text,
    issueToken: async () => {
      await open('/devices');
      const form = page.locator('form[action="/devices/tokens"]');
      await form.locator('input[name=edge]').fill(SECOND);
      const code = form.locator('input[name=code]');
      if ((await code.count()) > 0) await code.fill(await nextCode());
      await form.getByRole('button').click();
      return page.locator('#token').inputValue();
    },
    seeRequest: async () => {
      const panel = page.getByRole('region', { name: `Request of ${SECOND}` });
      for (const endsMs = performance.now() + WAIT_MS_MAX; (await panel.count()) === 0; ) {
        if (performance.now() > endsMs) throw new Error('the request never came to the page');
        await page.waitForTimeout(500);
        await open('/devices');
      }
      return (await panel.innerText()).replaceAll(/\s+/g, ' ');
    },
    approve: async () => {
      const panel = page.getByRole('region', { name: `Request of ${SECOND}` });
      await panel.locator('input[name=reason]').fill('The new desk; both fingerprints were read out.');
      const code = panel.locator('input[name=code]');
      if ((await code.count()) > 0) await code.fill(await nextCode());
      await panel.getByRole('button', { name: 'Approve' }).click();
      await page.locator('.done').waitFor();
    },
    killEverywhere: async (algorithm) => {
      await open('/edges');
      const form = page.getByRole('form', { name: 'Stop trading' });
      await form.locator('select[name=edge]').selectOption('');
      await form.locator('select[name=stop]').selectOption('kill-cancel');
      await form.locator('input[name=scopes]').fill(`algorithm:${algorithm}`);
      await form.locator('input[name=reason]').fill('It misbehaves.');
      await form.locator('input[name=confirmed]').check();
      await form.getByRole('button', { name: 'Stop' }).click();
      await page.locator('.done').waitFor();
      return new URL(page.url()).searchParams.get('given') ?? '';
    },
    close: () => browser.close(),
  };
}
