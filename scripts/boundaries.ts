import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Command } from './command.ts';

const FOLDERS = ['shared', 'compliance', 'reports', 'edge', 'hub', 'scripts', 'tests'];
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

interface CruiseResult {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
      readonly comment?: string;
    }[];
  };
}

/** Checks who imports whom. A run that reads no module is a failure: a checker that sees nothing forbids nothing. */
export const command: Command = {
  usage: 'npm run boundaries',
  async run() {
    const { summary } = await cruise();
    if (summary.totalCruised === 0) {
      process.stderr.write('boundaries: no module was read, so nothing was checked.\n');
      return 3;
    }
    for (const violation of summary.violations) {
      process.stderr.write(
        `${violation.rule.name}: ${violation.from} imports ${violation.to}. ${violation.comment ?? ''}\n`,
      );
    }
    process.stdout.write(`${summary.totalCruised} modules, ${summary.violations.length} violations\n`);
    return summary.violations.length === 0 ? 0 : 3;
  },
};

async function cruise(): Promise<CruiseResult> {
  const door = fileURLToPath(new URL('./run.mjs', import.meta.url));
  const args = [
    door,
    '--tool',
    'depcruise',
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    ...FOLDERS,
  ];
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, maxBuffer: OUTPUT_BYTES_MAX });
    return JSON.parse(stdout) as CruiseResult;
  } catch (error) {
    const stdout = (error as { readonly stdout?: string }).stdout ?? '';
    if (stdout.startsWith('{')) return JSON.parse(stdout) as CruiseResult;
    throw error;
  }
}
