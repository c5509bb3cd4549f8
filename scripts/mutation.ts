import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Control, Example } from '@gatehouse/compliance/define-control.ts';
import { exampleFacts, exampleOrder } from '@gatehouse/compliance/examples/base.ts';
import { exampleFiles } from '@gatehouse/compliance/examples/files.ts';
import { exampleOwn } from '@gatehouse/compliance/examples/own.ts';
import { parseScope, scopesOf } from '@gatehouse/compliance/scopes.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import type { Command } from './command.ts';
import { type Mutant, mutantsOf, mutated } from './mutants.ts';

const folder = join(import.meta.dirname, '..', 'compliance', 'controls');

interface Survivor {
  readonly file: string;
  readonly mutant: Mutant;
}

/** Changes each control in each small way and asks whether its own worked examples notice. */
export const command: Command = {
  usage: 'gatehouse mutation [CONTROL]...',
  async run(args) {
    const files = controlFiles(args);
    const survivors: Survivor[] = [];
    let total = 0;
    for (const file of files) {
      const source = readFileSync(join(folder, file), 'utf8');
      const mutants = mutantsOf(file, source);
      total += mutants.length;
      for (const [index, mutant] of mutants.entries()) {
        if (!(await isNoticed(file, source, { mutant, index }))) survivors.push({ file, mutant });
      }
    }
    for (const { file, mutant } of survivors) {
      process.stdout.write(`survived ${file}:${mutant.line}  ${oneLine(mutant.before)}  ->  ${mutant.text}\n`);
    }
    const killed = total - survivors.length;
    const score = total === 0 ? 0 : (killed / total) * 100;
    process.stdout.write(
      `${total} mutants of ${files.length} controls, ${killed} noticed by worked examples: ${score.toFixed(1)} %\n`,
    );
    return survivors.length === 0 ? 0 : 3;
  },
};

function controlFiles(only: readonly string[]): readonly string[] {
  const files = readdirSync(folder).filter(
    (name) => name.endsWith('.ts') && !name.startsWith('.') && !name.includes('.test.') && name !== 'index.ts',
  );
  const unknown = only.filter((id) => !files.includes(`${id}.ts`));
  if (unknown.length > 0) throw new KitError('COMMAND_INVALID', `no control ${unknown.join(', ')}`);
  return only.length === 0 ? files : files.filter((name) => only.includes(name.slice(0, -3)));
}

async function isNoticed(
  file: string,
  source: string,
  { mutant, index }: { readonly mutant: Mutant; readonly index: number },
): Promise<boolean> {
  // It lies beside the controls, so that its imports mean the same.
  const path = join(folder, `.mutant-${process.pid}-${index}-${file}`);
  writeFileSync(path, withImports(mutated(source, mutant)));
  try {
    const loaded: Readonly<Record<string, unknown>> = await import(path);
    const control = Object.values(loaded).find(isControl);
    return control === undefined || control.examples.some((example) => verdictOf(control, example) !== example.expect);
  } catch {
    return true;
  } finally {
    rmSync(path, { force: true });
  }
}

/** A mutant may call what the control did not import. */
function withImports(source: string): string {
  const missing = ['pass', 'refuse', 'notApplicable', 'add', 'subtract', 'maximum', 'minimum'].filter(
    (name) => !new RegExp(`^import [^;]*\\b${name}\\b[^;]*;`, 'ms').test(headOf(source)),
  );
  const ofVerdict = missing.filter((name) => ['pass', 'refuse', 'notApplicable'].includes(name));
  const ofDecimal = missing.filter((name) => !ofVerdict.includes(name));
  return [
    ofVerdict.length === 0 ? '' : `import { ${ofVerdict.join(', ')} } from '../verdict.ts';`,
    ofDecimal.length === 0 ? '' : `import { ${ofDecimal.join(', ')} } from '@gatehouse/shared/values/decimal.ts';`,
    source,
  ].join('\n');
}

function headOf(source: string): string {
  const end = source.search(/^(export|const|type|interface|function|\/\*\*)/m);
  return end === -1 ? source : source.slice(0, end);
}

function verdictOf(control: Control, example: Example): string {
  const bound = control.bind(example.limits);
  if (bound.kind === 'refused') return 'limits refused';
  const order = exampleOrder(example.order);
  const input = {
    order,
    facts: exampleFacts(example.facts),
    files: exampleFiles(example.files),
    own: exampleOwn(example.own),
    currency: currency('USD'),
  };
  try {
    return bound.judge(input, example.scope ?? scopeFor(control)).kind;
  } catch {
    // The gate makes a refusal of it.
    return 'refuse';
  }
}

function scopeFor({ scopes: [kind = 'firm'] }: Control): string {
  return scopesOf(exampleOrder()).find((scope) => parseScope(scope).kind === kind) ?? 'firm';
}

function isControl(value: unknown): value is Control {
  return typeof value === 'object' && value !== null && 'bind' in value && 'examples' in value;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 100);
}
