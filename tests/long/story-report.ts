import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** Tells a story while it happens: numbered steps, what was seen, pictures, and whether each claim held. */
export interface StoryReport {
  /** Begins a step. */
  step(title: string): void;
  /** Says what was seen. */
  saw(text: string): void;
  /** Says what had to be so, and whether it was. */
  check(claim: string, holds: boolean): void;
  /** Keeps a picture of a page, numbered. */
  shoot(page: Page, name: string): Promise<void>;
  /** How many claims did not hold. */
  readonly wrong: number;
}

const NUMBER_DIGITS = 2;
const MS_PER_SECOND = 1_000;

/** A report that prints to the terminal and keeps its pictures in a folder. */
export function createStoryReport(folder: string): StoryReport {
  mkdirSync(folder, { recursive: true });
  const begunMs = performance.now();
  let steps = 0;
  let shots = 0;
  let wrong = 0;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  return {
    step: (title) => {
      steps += 1;
      say(`\n${steps}. ${title}  (${Math.round((performance.now() - begunMs) / MS_PER_SECOND)} s)`);
    },
    saw: (text) => {
      for (const line of text.trimEnd().split('\n')) say(`   ${line}`);
    },
    check: (claim, holds) => {
      if (!holds) wrong += 1;
      say(`   ${holds ? 'right' : 'WRONG'}: ${claim}`);
    },
    shoot: async (page, name) => {
      shots += 1;
      const file = `${String(shots).padStart(NUMBER_DIGITS, '0')}-${name}.png`;
      await page.screenshot({ path: join(folder, file), fullPage: true });
      say(`   picture ${file}`);
    },
    get wrong() {
      return wrong;
    },
  };
}
