const BAR_CELLS_MAX = 28;
const BAR_CELLS_MIN = 8;
/** What stands beside the bar; a narrow terminal gives up cells of the bar before words. */
const WORDS_WIDTH = 72;
const COLUMNS_UNKNOWN = 80;
const PLAIN_STEP = 0.1;

/** Where a run stands. Units: `done` and `total` in `unit`s. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly label: string;
}

/** One line that shows progress: redrawn on a terminal, a line each tenth elsewhere. */
export interface ProgressLine {
  show(progress: Progress): void;
  /** Leaves the line as it stands, so that other text may follow. */
  pause(): void;
}

/** Makes a progress line on a stream. */
export function progressLine(stream: NodeJS.WriteStream): ProgressLine {
  let drawn = false;
  let nextPlain = 0;
  return {
    show(progress) {
      const share = progress.total === 0 ? 1 : Math.min(1, progress.done / progress.total);
      if (stream.isTTY) {
        // A pseudo-terminal that nobody has given a size reports none or zero.
        const columns = stream.columns > 0 ? stream.columns : COLUMNS_UNKNOWN;
        const cells = Math.min(BAR_CELLS_MAX, Math.max(BAR_CELLS_MIN, columns - WORDS_WIDTH));
        stream.write(`\r\u001B[2K${barText(progress, share, cells).slice(0, Math.max(20, columns - 1))}`);
        drawn = true;
        return;
      }
      if (share < nextPlain && share < 1) return;
      if (share >= 1 && nextPlain > 1) return;
      stream.write(`${barText(progress, share, BAR_CELLS_MAX)}\n`);
      nextPlain = share >= 1 ? 2 : Math.floor(share / PLAIN_STEP) * PLAIN_STEP + PLAIN_STEP;
    },
    pause() {
      if (drawn) stream.write('\n');
      drawn = false;
    },
  };
}

function barText({ done, total, unit, label }: Progress, share: number, cells: number): string {
  const full = Math.round(share * cells);
  const bar = `${'█'.repeat(full)}${'░'.repeat(cells - full)}`;
  return `${bar} ${Math.floor(share * 100)
    .toString()
    .padStart(3)} %  ${done}/${total} ${unit}  ${label}`;
}
