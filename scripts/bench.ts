import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { Figure, Measured, MeasureOptions } from './bench/figure.ts';
import { measurements } from './bench/index.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';

const usage = 'npm run bench -- [--json] [--entries COUNT] [NAME…]   (a name, or the part before its dot)';

const OPTIONS = { json: { type: 'boolean' }, entries: { type: 'string' } } as const;
const ENTRIES = /^[1-9]\d{0,7}$/;

/** Measures, each figure beside a baseline of the same run and machine. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parseOptions(args, OPTIONS, usage);
    const chosen = measurements.filter(({ figures }) => figures.some((figure) => isChosen(figure.name, positionals)));
    if (chosen.length === 0) {
      const names = measurements.flatMap(({ figures }) => figures.map(({ name }) => name));
      throw new KitError('COMMAND_INVALID', `no figure is called ${positionals.join(', ')}`, {
        hint: `There are ${names.join(', ')}.`,
      });
    }
    const isJson = values.json === true;
    const options = optionsOf(values.entries);
    if (!isJson) process.stdout.write(`${machine()}\n\n`);
    for (const measurement of chosen) {
      const begun = performance.now();
      const results = await inFolder((folder) => measurement.measure(folder, options));
      const seconds = (performance.now() - begun) / 1_000;
      for (const figure of measurement.figures.filter(({ name }) => isChosen(name, positionals))) {
        const result = results[figure.name];
        if (result !== undefined)
          process.stdout.write(isJson ? asJson({ figure, result, seconds }) : asLine(figure, result));
      }
    }
    return 0;
  },
};

function optionsOf(entries: string | undefined): MeasureOptions {
  if (entries === undefined) return {};
  if (ENTRIES.test(entries)) return { entries: Number(entries) };
  throw new KitError('COMMAND_INVALID', `--entries is ${entries}, not a number up to 99999999`, { hint: usage });
}

function isChosen(name: string, wanted: readonly string[]): boolean {
  return wanted.length === 0 || wanted.some((word) => name === word || name.startsWith(`${word}.`));
}

/** Measures on the disk that the data folder is on: a temp folder may be memory. */
async function inFolder<T>(measure: (folder: string) => Promise<T>): Promise<T> {
  const { data } = readScriptConfig();
  mkdirSync(data, { recursive: true });
  const folder = mkdtempSync(join(data, 'bench-'));
  try {
    return await measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model ?? 'unknown processor'}, ${(totalmem() / 1e9).toFixed(0)} GB, Node ${process.versions.node}`;
}

function asLine(figure: Figure, { value, baseline, baselineName, n }: Measured): string {
  const own = `${round(value, figure.digits)} ${figure.unit}`;
  const ratio = round(value / baseline, 3);
  return `${figure.name.padEnd(30)}${own.padStart(22)}   bar ${figure.bar}\n${''.padEnd(30)}${baselineName}: ${round(baseline, figure.digits)} ${figure.unit}, ratio ${ratio}, n ${n}\n`;
}

function asJson({
  figure,
  result,
  seconds,
}: {
  readonly figure: Figure;
  readonly result: Measured;
  readonly seconds: number;
}): string {
  const { value, baseline, baselineName, n } = result;
  const line = {
    name: figure.name,
    value,
    unit: figure.unit,
    baseline,
    baseline_name: baselineName,
    ratio: value / baseline,
    n,
    seconds,
  };
  return `${JSON.stringify(line)}\n`;
}

function round(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
