import type { RowFilter } from './shape-definition.ts';

/** Who asks, as the door has found out. Shape: `edges` are those that a person may see, or all of them. */
export type ShapeCaller =
  | { readonly kind: 'edge'; readonly edge: string }
  | { readonly kind: 'person'; readonly edges: readonly string[] | 'all' };

/** A shape that the hub defines; the caller's identity alone decides which rows it holds. */
export interface NamedShape {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  /** The kinds of control object that it holds; absent where the table has none. */
  readonly kinds?: readonly string[];
  /** Present where no edge may read it. */
  readonly isForPeople?: true;
}

const OBJECT_COLUMNS = ['edge', 'kind', 'name', 'version', 'note', 'at'];

const ofObjects = (name: string, kinds: readonly string[]): NamedShape => ({
  name,
  table: 'control_objects',
  columns: OBJECT_COLUMNS,
  kinds,
});

const ofPages = (name: string, kinds: readonly string[]): NamedShape => ({
  name,
  table: 'live_row',
  columns: ['edge', 'kind', 'key', 'body'],
  kinds: [...kinds, 'pulse'],
  isForPeople: true,
});

/**
 * All named shapes.
 *
 * Shape: an edge reads `objects`, `commands` and `heartbeat`; the next ones are parts of `objects`. What begins with `console` is what
 *        open pages show, each shape no more than its page.
 */
export const namedShapes: readonly NamedShape[] = [
  { name: 'objects', table: 'control_objects', columns: OBJECT_COLUMNS },
  ofObjects('limits', ['sheet', 'trust']),
  ofObjects('leases', ['lease']),
  ofObjects('lists', ['restricted-list', 'locates', 'sanctions']),
  ofObjects('algorithms', ['algorithms']),
  ofObjects('calendars', ['calendars']),
  { name: 'commands', table: 'commands', columns: ['edge', 'seq', 'id', 'note', 'at'] },
  { name: 'heartbeat', table: 'heartbeats', columns: ['edge', 'note', 'at'] },
  ofPages('console-glance', ['glance']),
  ofPages('console-overview', ['counts', 'stream', 'state', 'account', 'curve', 'alarm', 'run', 'refusal']),
  ofPages('console-edges', ['edge', 'lease', 'command']),
  ofPages('console-edge', ['edge', 'lease', 'edge-command']),
];

/** The columns of the tables above that hold the addressee and the kind; both hold text. */
export const EDGE_COLUMN = 'edge';
const KIND_COLUMN = 'kind';

/** The rows that a caller may see of a named shape. */
export function rowsFor({ kinds }: NamedShape, caller: ShapeCaller): RowFilter {
  const edges = caller.kind === 'edge' ? [caller.edge] : caller.edges;
  const conditions = [
    ...(edges === 'all' ? [] : [{ column: EDGE_COLUMN, values: edges }]),
    ...(kinds === undefined ? [] : [{ column: KIND_COLUMN, values: kinds }]),
  ];
  return conditions.length === 0 ? { kind: 'all' } : { kind: 'among', conditions };
}
