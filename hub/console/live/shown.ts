/** How much of a list a page and its stream show. */
export const COMMANDS_SHOWN = { edges: 10, edge: 20 } as const;
