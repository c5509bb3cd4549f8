import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import type { LivePage } from '../live/live-page.ts';
import { sessionMark } from '../live/live-session.ts';

interface BadgeProps {
  readonly c: ConsoleContext;
  readonly parts: Parts;
  readonly page: LivePage;
}

/** Says whether what moves on the page is live, and tells the script what the page shows. Shape: without a script it stays `not live`. */
export function LiveBadge({ c, parts, page }: BadgeProps) {
  return (
    <span
      class="live"
      role="status"
      data-live={JSON.stringify(page)}
      data-session={sessionMark(c.get('viewer'))}
      data-at={instantText(parts.clock.now())}
      data-worker={parts.assets.worker.path}
    >
      not live
    </span>
  );
}
