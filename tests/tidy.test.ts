import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

// Our own linter: the rules of the house that no other tool checks.

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const PARAMETERS_MAX = 3;
const README_LINES_MAX = 40;

const self = 'tests/tidy.test.ts';
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && file !== 'package-lock.json');
const sources = files.filter((file) => /\.tsx?$/.test(file));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const isTest = (file: string) => /\.test\.tsx?$/.test(file) || file.startsWith('tests/');
const core = sources.filter((file) => /^(shared|compliance|reports)\//.test(file) && !isTest(file));

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

test('only the folders of the design stand at the top', () => {
  const allowed = new Set([
    'edge',
    'hub',
    'shared',
    'compliance',
    'reports',
    'scripts',
    'docker',
    'tests',
    'docs',
    '.ci',
  ]);
  const tops = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0] ?? ''));
  expect([...tops].filter((top) => !allowed.has(top))).toEqual([]);
});

test('files are named for what they hold, in kebab case', () => {
  const vague = /^(utils?|helpers?|common|manager|misc|stuff)(\.|$)/;
  const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(@\d+)?(\.(properties|examples))?(\.test)?\.tsx?$/;
  const named = sources.filter((file) => !file.endsWith('.config.ts')).map((file) => basename(file));
  expect(named.filter((name) => vague.test(name) || !kebab.test(name))).toEqual([]);
});

test(`no source file is longer than ${FILE_LINES_MAX} lines`, () => {
  expect(sources.filter((file) => read(file).split('\n').length - 1 > FILE_LINES_MAX)).toEqual([]);
});

test(`no function is longer than ${FUNCTION_LINES_MAX} lines or takes more than ${PARAMETERS_MAX} parameters`, () => {
  const findings: string[] = [];
  for (const file of sources.filter((name) => !isTest(name))) {
    const source = parse(file);
    walk(source, (node) => {
      if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return;
      const from = source.getLineAndCharacterOfPosition(node.getStart()).line;
      const to = source.getLineAndCharacterOfPosition(node.end).line;
      if (to - from + 1 > FUNCTION_LINES_MAX) findings.push(`${file}:${from + 1} has ${to - from + 1} lines`);
      if (node.parameters.length > PARAMETERS_MAX)
        findings.push(`${file}:${from + 1} has ${node.parameters.length} parameters`);
    });
  }
  expect(findings).toEqual([]);
});

test('every exported name of the core says what it is', () => {
  const silent: string[] = [];
  for (const file of core) {
    const source = parse(file);
    const documented = new Set<string>();
    const exported: [string, number][] = [];
    for (const statement of source.statements) {
      const isExported =
        ts.canHaveModifiers(statement) &&
        ts.getModifiers(statement)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
      if (isExported !== true) continue;
      const hasDoc = ts.getJSDocCommentsAndTags(statement).length > 0;
      for (const name of namesOf(statement)) {
        if (hasDoc) documented.add(name);
        exported.push([name, source.getLineAndCharacterOfPosition(statement.getStart()).line + 1]);
      }
    }
    silent.push(...exported.filter(([name]) => !documented.has(name)).map(([name, line]) => `${file}:${line} ${name}`));
  }
  expect(silent).toEqual([]);
});

function namesOf(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map((d) => d.name.getText());
  if ('name' in statement && statement.name !== undefined) return [(statement.name as ts.Node).getText()];
  return [];
}

test('only config.ts reads the environment', () => {
  const allowed = /(^|\/)config\.ts$|^scripts\/|^tests\/|\.test\.tsx?$/;
  expect(sources.filter((file) => !allowed.test(file) && /process\.env\b/.test(read(file)))).toEqual([]);
});

test('the core reads no clock and throws no dice', () => {
  const impure =
    /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(|\brandomUUID\(|\brandomBytes\(|\bprocess\./;
  expect(core.filter((file) => impure.test(read(file)))).toEqual([]);
});

test.each([
  ['compliance/controls', 'compliance/controls/index.ts'],
  ['compliance/breakers', 'compliance/breakers/index.ts'],
  ['edge/strategies', 'edge/strategies/index.ts'],
  ['edge/venues', 'edge/venues/index.ts'],
  ['reports/filings', 'reports/filings/index.ts'],
])('every part in %s is registered', (folder, index) => {
  const defines = /\bdefine(Control|Breaker|Strategy|Connector|Report)\(\{/;
  const parts = sources.filter(
    (file) => dirname(file) === folder && !isTest(file) && file !== index && defines.test(read(file)),
  );
  expect(parts.length).toBeGreaterThan(0);
  const list = read(index);
  expect(parts.filter((file) => !list.includes(`./${basename(file)}`))).toEqual([]);
  expect(parts.filter((file) => !new RegExp(`\\bid: '${basename(file, '.ts')}'`).test(read(file)))).toEqual([]);
});

test('each invariant of ARCHITECTURE.md is named by a test, and no test names another', () => {
  const stated = new Set([...read('ARCHITECTURE.md').matchAll(/^\*\*(I\d+)\b/gm)].map((match) => match[1] ?? ''));
  const named = new Set<string>();
  for (const file of sources.filter(isTest)) {
    for (const match of read(file).matchAll(/\btest(?:\.\w+(?:\([^)]*\))?)?\(\s*['"`](I\d+)\b/g))
      named.add(match[1] ?? '');
  }
  expect([...stated].filter((id) => !named.has(id))).toEqual([]);
  expect([...named].filter((id) => !stated.has(id))).toEqual([]);
  expect(stated.size).toBeGreaterThan(0);
});

test(`each folder's README is at most ${README_LINES_MAX} lines`, () => {
  const readmes = ['shared', 'compliance', 'reports', 'edge', 'hub'].map((folder) => `${folder}/README.md`);
  expect(readmes.filter((file) => !files.includes(file))).toEqual([]);
  expect(readmes.filter((file) => read(file).trimEnd().split('\n').length > README_LINES_MAX)).toEqual([]);
});

test('the project speaks of the product alone', () => {
  const banned = [
    /\/work\//,
    /registry\.npmjs/,
    /\bdesign\.md\b/,
    /house-style\.md/,
    /\bcoding agent\b/i,
    /\bTODO\b/,
    /\bFIXME\b/,
    /\.(only|todo)\(/,
  ];
  const text = files.filter((file) => file !== self && !/\.(png|pdf|xlsx|ttf)$/.test(file));
  const findings = text.flatMap((file) =>
    banned.filter((word) => word.test(read(file))).map((word) => `${file}: ${word.source}`),
  );
  expect(findings).toEqual([]);
});

test('an escape from the type system is nowhere', () => {
  // A test may show what does not compile, with its reason.
  const reasoned = /\/\/ @ts-expect-error: \S/g;
  const comments = /@ts-(ignore|expect-error|nocheck)|biome-ignore/;
  const textOf = (file: string) => (isTest(file) ? read(file).replaceAll(reasoned, '') : read(file));
  const escapes = sources.filter((file) => file !== self && comments.test(textOf(file)));
  for (const file of sources) {
    walk(parse(file), (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword || ts.isNonNullExpression(node)) escapes.push(file);
    });
  }
  expect(escapes).toEqual([]);
});
