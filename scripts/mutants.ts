import ts from 'typescript';

/** A small change of a source that some test must notice. Shape: `from` and `to` are offsets of what `text` takes the place of. */
export interface Mutant {
  readonly line: number;
  readonly from: number;
  readonly to: number;
  readonly before: string;
  readonly text: string;
}

const operators: Readonly<Partial<Record<ts.SyntaxKind, readonly string[]>>> = {
  [ts.SyntaxKind.LessThanToken]: ['<=', '>='],
  [ts.SyntaxKind.LessThanEqualsToken]: ['<', '>'],
  [ts.SyntaxKind.GreaterThanToken]: ['>=', '<='],
  [ts.SyntaxKind.GreaterThanEqualsToken]: ['>', '<'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: ['!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: ['==='],
  [ts.SyntaxKind.AmpersandAmpersandToken]: ['||'],
  [ts.SyntaxKind.BarBarToken]: ['&&'],
  [ts.SyntaxKind.PlusToken]: ['-'],
  [ts.SyntaxKind.MinusToken]: ['+'],
};

/** Calls that have an opposite or a neighbour. */
const calls: Readonly<Record<string, string>> = {
  pass: 'refuse',
  refuse: 'pass',
  notApplicable: 'pass',
  add: 'subtract',
  subtract: 'add',
  maximum: 'minimum',
  minimum: 'maximum',
};

const methods: Readonly<Record<string, string>> = { some: 'every', every: 'some' };

/**
 * All mutants of what a control does: comparisons, logic, verdicts, arithmetic, conditions and early returns.
 *
 * Shape: titles, sources and examples are left alone; a mutant there tests nothing but words.
 */
export function mutantsOf(path: string, source: string): readonly Mutant[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const found: Mutant[] = [];
  const change = (node: ts.Node, text: string): void => {
    const from = node.getStart();
    const { line } = file.getLineAndCharacterOfPosition(from);
    found.push({ line: line + 1, from, to: node.end, before: node.getText(), text });
  };
  const visit = (node: ts.Node): void => {
    if (isProse(node)) return;
    mutate(node, change);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The source with one change made. */
export function mutated(source: string, { from, to, text }: Mutant): string {
  return source.slice(0, from) + text + source.slice(to);
}

const PROSE = new Set([
  'examples',
  'sources',
  'scopes',
  'limits',
  'title',
  'question',
  'id',
  'version',
  'needs',
  'files',
]);

function isProse(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  return ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && PROSE.has(node.name.text);
}

type Change = (node: ts.Node, text: string) => void;

function mutate(node: ts.Node, change: Change): void {
  if (ts.isBinaryExpression(node)) {
    for (const text of operators[node.operatorToken.kind] ?? []) change(node.operatorToken, text);
  }
  if (ts.isIfStatement(node)) {
    change(node.expression, 'true');
    change(node.expression, 'false');
  }
  if (ts.isConditionalExpression(node)) {
    change(node.condition, 'true');
    change(node.condition, 'false');
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    change(node, node.operand.getText());
  }
  if (ts.isCallExpression(node)) mutateCall(node, change);
}

function mutateCall({ expression }: ts.CallExpression, change: Change): void {
  if (ts.isIdentifier(expression)) {
    const other = calls[expression.text];
    if (other !== undefined) change(expression, other);
  }
  if (ts.isPropertyAccessExpression(expression)) {
    const other = methods[expression.name.text];
    if (other !== undefined) change(expression.name, other);
  }
}
