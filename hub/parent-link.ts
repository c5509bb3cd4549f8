import { z } from 'zod';

/** What a parent process may ask of the hub. */
export const HubRequest = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('summarise'), edge: z.string() }),
  z.strictObject({ type: z.literal('stop') }),
]);

/** What the hub tells its parent. Shape: `firstRunLink` is there while nobody has enrolled, and is printed once. */
export type HubMessage =
  | {
      readonly type: 'ready';
      readonly console: string;
      readonly broker: string;
      /** Where edges from elsewhere are enrolled; absent where none can be. */
      readonly edgeDoor?: string;
      /** Where edges of this computer read what the hub tells them, and the file that each of them shows, by its name. */
      readonly shapes: string;
      readonly tokenFiles: Readonly<Record<string, string>>;
      readonly verifierKeyFile: string;
      readonly firstRunLink?: string;
    }
  | { readonly type: 'summary'; readonly summary: HubSummary }
  | { readonly type: 'summary-failed'; readonly message: string };

/** What became of an account. Units: sums in `currency`; `profit` is realised plus unrealised less fees. */
export interface AccountSummary {
  readonly account: string;
  readonly day: string;
  readonly currency: string;
  readonly equity: string;
  readonly profit: string;
  readonly realised: string;
  readonly unrealised: string;
  readonly fees: string;
}

/** What the hub holds once a run has ended. */
export interface HubSummary {
  readonly entries: number;
  readonly orders: number;
  readonly fills: number;
  readonly refusedByControl: Readonly<Record<string, number>>;
  readonly accounts: readonly AccountSummary[];
  readonly ledgerSize: number;
  readonly ledgerRoot: string;
  readonly files: readonly string[];
}

/** Tells the parent, where there is one. */
export function tellParent(message: HubMessage): void {
  if (process.connected) process.send?.(message);
}

/** Hears the parent; a parent that is gone, by whatever way, asks to stop. */
export function hearParent(handle: (request: z.output<typeof HubRequest>) => void): void {
  if (process.channel === undefined) return;
  process.on('message', (message) => {
    const request = HubRequest.safeParse(message);
    if (request.success) handle(request.data);
  });
  process.on('disconnect', () => handle({ type: 'stop' }));
}
