/** Import directions of the design; each rule says why. */
const only = (from, allowed, why) => ({
  name: `${from}-imports`,
  comment: why,
  severity: 'error',
  from: { path: `^${from}/` },
  to: { path: '^(shared|compliance|reports|edge|hub|scripts|tests)/', pathNot: `^(${[from, ...allowed].join('|')})/` },
});

module.exports = {
  forbidden: [
    only('shared', [], 'The language both sides speak knows nobody.'),
    only('compliance', ['shared'], 'What decides never fetches, stores or logs.'),
    only('reports', ['shared'], 'Filings know nothing of who made the records.'),
    only('edge', ['shared', 'compliance'], 'The edge runs with the hub gone.'),
    only('hub', ['shared', 'compliance', 'reports'], 'The hub sees the edge only through messages.'),
    only('scripts', ['shared', 'compliance', 'reports', 'edge', 'hub'], 'Operators never need test code.'),
    {
      name: 'pure-core',
      comment: 'shared, compliance and reports are functions of their arguments: no sockets, files or clocks.',
      severity: 'error',
      from: { path: '^(shared|compliance|reports)/', pathNot: '\\.test\\.tsx?$' },
      to: {
        dependencyTypes: ['core'],
        pathNot: '^(node:)?(crypto|buffer|assert|util|string_decoder|stream|zlib)$',
      },
    },
    {
      name: 'renderers-in-one-place',
      comment: 'Only reports/render may know a renderer package.',
      severity: 'error',
      from: { pathNot: '^reports/render/' },
      to: { path: 'node_modules/(pdfkit|exceljs|dejavu-fonts-ttf)/' },
    },
    {
      name: 'sql-in-one-place',
      comment: 'All SQL of a process lies in its store.',
      severity: 'error',
      from: { pathNot: '^(hub/store|edge/journal|tests)/' },
      to: { path: 'node_modules/(postgres|libsql)/' },
    },
    {
      name: 'no-circular',
      comment: 'A cycle hides who depends on whom.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'An import that resolves to nothing is checked by nobody.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)\\.gatehouse/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
