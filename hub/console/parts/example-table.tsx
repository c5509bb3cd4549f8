import { exampleText, type ToldExample } from '../../control/example-text.ts';
import { TableRows } from './table-rows.tsx';

interface NamedExample extends ToldExample {
  readonly name: string;
  readonly expect: string;
}

/** The worked examples of a control or breaker, folded away until somebody asks. */
export function ExampleTable({
  title,
  examples,
}: {
  readonly title: string;
  readonly examples: readonly NamedExample[];
}) {
  return (
    <details>
      <summary>{`${examples.length} worked examples, each a test of every release`}</summary>
      <TableRows
        caption={`Worked examples: ${title}`}
        rows={examples}
        columns={[
          { title: 'Case', kind: 'text', cell: (example) => example.name },
          { title: 'Outcome', kind: 'text', cell: (example) => example.expect },
          { title: 'Given', kind: 'text', cell: (example) => exampleText(example) },
        ]}
      />
    </details>
  );
}
