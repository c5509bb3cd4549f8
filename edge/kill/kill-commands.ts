import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { EntryBody, LocalCommandBody } from '@gatehouse/shared/schema/bodies.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { KillDeps, KillProgress, KillRequest } from './kill-types.ts';
import type { Releasing } from './release.ts';

/** How people stop an edge and let it go on, whichever way they reach it. */
export interface KillCommands {
  /** Stops, and answers once every venue was asked and the writes are done, or after a short while without. Errors: never. */
  kill(request: KillRequest & { readonly id: string }): Promise<KillProgress>;
  /** How far the kills of this process have come. */
  status(): readonly KillProgress[];
  /** Ends a kill. Errors: why the document was refused; the kill then stands. */
  release(document: string): Promise<{ readonly kill: string; readonly by: readonly string[] }>;
}

/** What the commands reach. */
export interface KillCommandsDeps extends Pick<KillDeps, 'recorder' | 'sleep' | 'newId'> {
  readonly killSwitch: KillSwitch;
  readonly releasing: Releasing;
}

/** A person who stops something sees an answer within this time, whatever disk and venues do. Units: milliseconds. */
const ANSWER_MS_MAX = 1_500;

/** The commands over a switch. */
export function createKillCommands(deps: KillCommandsDeps): KillCommands {
  const { killSwitch, releasing, recorder } = deps;

  /** The command is evidence of who asked; the kill itself is on record by its own way. */
  function note(command: Pick<LocalCommandBody, 'name' | 'by' | 'result' | 'note'>): void {
    const entry: EntryBody = { kind: 'command', body: { v: 1, id: deps.newId('C-'), ...command } };
    try {
      recorder.stage(entry);
      recorder.flush();
    } catch {
      // A journal that takes nothing is an alarm where it is watched, and stops no kill.
    }
  }

  return {
    kill: async (request) => {
      const running = killSwitch.kill(request);
      const over = new AbortController();
      const answered = Promise.all([running.told, running.written]);
      await Promise.race([answered, deps.sleep(ANSWER_MS_MAX, over.signal)]);
      over.abort();
      const progress = running.progress();
      note({ name: 'kill', by: request.by, result: 'applied', note: `Kill ${running.id}: ${wordsOf(progress)}` });
      return progress;
    },
    status: () => killSwitch.progress(),
    release: async (document) => {
      const outcome = await releasing(document);
      if (outcome.kind === 'refused') throw outcome.error;
      const { kill, by } = outcome;
      note({
        name: 'release',
        by: by[0] ?? 'nobody',
        result: 'applied',
        note: `Kill ${kill} released by ${by.join(', ')}.`,
      });
      return { kill, by };
    },
  };
}

/** A kill's progress as JSON, for whoever asked from another process. */
export function progressJson(progress: KillProgress): JsonValue {
  return JSON.parse(JSON.stringify(progress)) as JsonValue;
}

function wordsOf({ level, scopes, journal, file, venues }: KillProgress): string {
  const left = venues.reduce((sum, { remaining, positions }) => sum + remaining + positions, 0);
  return `${level} for ${scopes.join(' and ')}, journal ${journal}, file ${file}, ${left} remaining.`;
}
