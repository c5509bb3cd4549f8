import { commandCursor, type GivenCommand, pageCommands } from '../../store/pages/edges-commands.ts';
import { answerText, commandColumns } from '../parts/command-columns.tsx';
import { plainWord } from '../parts/figure-text.ts';
import type { TableDefinition } from './table-definition.ts';

/** Every command to an edge, and what became of it there. */
export const commandsTable: TableDefinition<GivenCommand> = {
  id: 'commands',
  title: 'Commands',
  note: 'Every command to an edge and how the edge answered, by its own signed records. No answer yet means that it may be under way.',
  needs: 'records.read',
  filters: [
    { name: 'edge', label: 'Edge', kind: 'text' },
    { name: 'id', label: 'Command', kind: 'text' },
    { name: 'kind', label: 'What', kind: 'choice', show: plainWord },
    { name: 'state', label: 'Answer', kind: 'choice', show: answerText },
    { name: 'by', label: 'By', kind: 'text' },
    { name: 'from', label: 'From', kind: 'day' },
    { name: 'to', label: 'To', kind: 'day' },
  ],
  choices: async () => ({
    kind: ['kill', 'pause', 'reduce', 'release', 'rotate-keys', 'refetch', 'upgrade-notice'],
    state: ['open', 'sent', 'received', 'applied', 'refused'],
  }),
  columns: commandColumns,
  read: ({ database }, filter, page) => pageCommands(database, filter, page),
  cursor: commandCursor,
  emptyText: 'No command was given yet. The page Edges has the forms.',
};
