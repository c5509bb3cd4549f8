import type { Shape } from './shape.ts';
import type { ShapeOffset } from './shape-offset.ts';

/** How a wait ended. */
export type News = 'news' | 'silence' | 'dropped' | 'left';

/** What is waited for, and how long. Units: milliseconds. */
export interface Wait {
  readonly after: ShapeOffset;
  readonly ms: number;
  /** Ends the wait when whoever asked is gone. */
  readonly signal: AbortSignal;
}

/** Waits until the shape has something after a place, is dropped, or the time is over. */
export function waitForNews(shape: Shape, { after, ms, signal }: Wait): Promise<News> {
  return new Promise((resolve) => {
    let takeBack: () => void = () => undefined;
    const end = (news: News): void => {
      clearTimeout(timer);
      takeBack();
      signal.removeEventListener('abort', leave);
      resolve(news);
    };
    const leave = (): void => end('left');
    const timer = setTimeout(() => end('silence'), ms);
    const look = (): void => {
      if (shape.isDropped) end('dropped');
      else if (shape.hasAfter(after)) end('news');
      else takeBack = shape.onNext(look);
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    else look();
  });
}
