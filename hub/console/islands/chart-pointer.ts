type Point = readonly [day: string, equity: string, x: number, y: number];

const POINTS_JUMPED = 10;

/** Shows the figures of the day under the pointer, and follows the arrow keys. */
export function followPointer(): void {
  document.addEventListener('pointermove', (event) => {
    const chart = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-chart]') : null;
    const svg = chart?.querySelector('svg');
    if (chart === null || svg === null || svg === undefined) return;
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    const points = pointsOf(chart);
    const nearest = points.reduce((best, point, index) => {
      return Math.abs(point[2] - x) < Math.abs((points[best]?.[2] ?? Infinity) - x) ? index : best;
    }, 0);
    show(chart, points, nearest);
  });
  document.addEventListener('keydown', (event) => {
    const chart = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-chart]') : null;
    const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -POINTS_JUMPED, PageUp: POINTS_JUMPED }[event.key];
    if (chart === null || step === undefined) return;
    const points = pointsOf(chart);
    const from = Number(chart.dataset['index'] ?? points.length - 1);
    show(chart, points, Math.min(points.length - 1, Math.max(0, from + step)));
    event.preventDefault();
  });
}

function pointsOf(chart: HTMLElement): readonly Point[] {
  return JSON.parse(chart.dataset['chart'] ?? '[]') as readonly Point[];
}

function show(chart: HTMLElement, points: readonly Point[], index: number): void {
  const point = points[index];
  if (point === undefined) return;
  const [day, equity, x, y] = point;
  chart.dataset['index'] = `${index}`;
  chart.classList.add('pointed');
  const line = chart.querySelector('.cursor line');
  line?.setAttribute('x1', `${x}`);
  line?.setAttribute('x2', `${x}`);
  const dot = chart.querySelector('.cursor circle');
  dot?.setAttribute('cx', `${x}`);
  dot?.setAttribute('cy', `${y}`);
  const output = chart.querySelector('output');
  if (output !== null) output.textContent = `${day}: ${equity}`;
}
