import { describeError } from '@gatehouse/shared/errors.ts';
import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import type { KillLevel } from '@gatehouse/shared/schema/bodies.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Release } from '@gatehouse/shared/schema/governance.ts';
import type { KillMemory } from '../kill/kill-memory.ts';
import type { KillSwitch } from '../kill/kill-switch.ts';
import type { KillProgress } from '../kill/kill-types.ts';
import type { Releasing } from '../kill/release.ts';
import type { CommandActions, CommandResult, OrderedCommand, StopCommand } from '../sync/commands/command-desk.ts';
import { sleepUnless } from './edge-kill.ts';

/** What commands of the hub reach at an edge. Shape: `rotateAccess` is absent where the edge was never enrolled. */
export interface ControlActionsDeps {
  readonly killSwitch: Pick<KillSwitch, 'kill'>;
  readonly kills: Pick<KillMemory, 'isReleased'>;
  readonly releasing: Releasing;
  readonly refetch: () => void;
  readonly rotateAccess?: (() => Promise<string>) | undefined;
  readonly notice: (message: string) => void;
}

/** So long the answer to a stop waits for venues and disk. Units: milliseconds. */
const ANSWER_MS_MAX = 1_500;

/** Carries out commands of the hub by the edge's own switch and by the signatures of people. */
export function createControlActions(deps: ControlActionsDeps): CommandActions {
  return {
    stop: (command) => stop(deps, command),
    apply: async (command) => {
      switch (command.kind) {
        case 'release':
          return release(deps, command);
        case 'refetch':
          deps.refetch();
          return applied('Everything that the hub carries down is fetched from the start.');
        case 'upgrade-notice':
          deps.notice(`the firm asks for release ${command.release}: ${command.reason}`);
          return applied(`The notice of release ${command.release} is on record.`);
        case 'rotate-keys':
          if (deps.rotateAccess === undefined) return refused('This edge has no certificate that could be renewed.');
          return applied(await deps.rotateAccess());
      }
    },
  };
}

/** How far a stop goes. Shape: `pause` and `reduce` let pass what only reduces. */
function levelOf(command: StopCommand): KillLevel {
  return command.kind === 'kill' ? command.level : 'pause';
}

async function stop({ killSwitch, kills }: ControlActionsDeps, command: StopCommand): Promise<CommandResult> {
  const { id, scopes, by, reason } = command;
  // A stop that died before its end was written down, and was released since, is over.
  if (kills.isReleased(id)) return applied(`Kill ${id} was in force and is released.`);
  const running = killSwitch.kill({ id, scopes, level: levelOf(command), by, reason });
  const over = new AbortController();
  await Promise.race([Promise.all([running.told, running.written]), sleepUnless(ANSWER_MS_MAX, over.signal)]);
  over.abort();
  return applied(`Kill ${running.id}: ${wordsOf(running.progress())}`);
}

async function release(
  { kills, releasing }: ControlActionsDeps,
  { kill, document }: Extract<OrderedCommand, { readonly kind: 'release' }>,
): Promise<CommandResult> {
  const claimed = attempt([], () => decode(Release, readClaimed(document).value, 'the release'));
  if (claimed !== undefined && claimed.kill !== kill) {
    return refused(`The document releases kill ${claimed.kill}, and the command names ${kill}.`);
  }
  if (kills.isReleased(kill)) return applied(`Kill ${kill} is released already.`);
  const outcome = await releasing(document);
  if (outcome.kind === 'refused') return refused(describeError(outcome.error));
  return applied(`Kill ${outcome.kill} is released by ${outcome.by.join(' and ')}.`);
}

function wordsOf({ level, journal, file, venues }: KillProgress): string {
  const left = venues.reduce((sum, { remaining, positions }) => sum + remaining + positions, 0);
  const told = venues.map(({ venue, elapsedMs }) => `${venue} after ${Math.round(elapsedMs)} ms`).join(', ');
  return `${level} in force, journal ${journal}, file ${file}, told ${told || 'no venue'}, ${left} remaining.`;
}

function applied(says: string): CommandResult {
  return { kind: 'applied', says };
}

function refused(says: string): CommandResult {
  return { kind: 'refused', says };
}
