import { scaleLinear, scaleLog } from 'd3-scale';
import { curveMonotoneX, line } from 'd3-shape';
import type { Family } from './rows.js';
import { summarize, type Bench, type Summary } from './summary.js';

const WIDTH = 1000;
const HEIGHT = 470;
const TOP = 74;
const BOTTOM = 412;
const LEFT_PANEL: [number, number] = [64, 400];
const RIGHT_PANEL: [number, number] = [600, 970];

const FAMILIES: Record<Family, string> = { adamw: 'AdamW', 'distro-values': 'DisTrO, values', 'distro-1bit': 'DisTrO, 1 bit', sparseloco: 'SparseLoCo' };

/** Rows whose way down is drawn; all would cover each other. */
const DRAWN = ['adamw-4', 'distro-8-1bit', 'distro-8-1bit-delayed', 'distro-4-1bit', 'sparseloco-15-3', 'sparseloco-30-3'];

/** Hues that differ in lightness too, for light and for dark paper. */
const COLORS: Record<'light' | 'dark', Record<Family, string>> = {
  light: { adamw: '#1f2328', 'distro-values': '#0969da', 'distro-1bit': '#bc4c00', sparseloco: '#1a7f37' },
  dark: { adamw: '#f0f6fc', 'distro-values': '#58a6ff', 'distro-1bit': '#ffa657', sparseloco: '#56d364' },
};

const colored = (scheme: 'light' | 'dark'): string =>
  Object.entries(COLORS[scheme]).map(([family, color]) => `.${family} .way, .${family} .bar { stroke: ${color} } .${family} .dot, .${family} .name, .${family}.name { fill: ${color} }`).join('\n');

/** Paper and ink of its own in both schemes, so that it can be read on any page. */
const STYLE = `
text { font: 12px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif } .title { font-weight: 600; font-size: 14px }
text { paint-order: stroke; stroke-width: 3px }
.way { fill: none; stroke-width: 1.8 } .late { stroke-dasharray: 5 4 } .bar { stroke-width: 1.5 } .end { text-anchor: end } .middle { text-anchor: middle }
.paper { fill: #fff } text { stroke: #fff } .ink { fill: #1f2328 } .faint { fill: #59636e } .rule { stroke: #d1d9e0 }
${colored('light')}
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117 } text { stroke: #0d1117 } .ink { fill: #f0f6fc } .faint { fill: #9198a1 } .rule { stroke: #3d444d }
${colored('dark')}
}`;

/** Two panels in one SVG: the way down over the steps, and where it ends against what was sent for it. */
export function plot(bench: Bench): string {
  const all = summarize(bench).filter((s) => s.batch === bench.budget.batch && s.steps === bench.budget.steps);
  const parts = [legend(all), all.length > 0 ? curves(all.filter((s) => DRAWN.includes(s.id)), bench) : '', frontier(all.filter((s) => s.workers > 1))];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">
<title>Held-out loss of each optimizer over its steps, and against the bytes that a worker sends per step</title>
<style>${STYLE}
</style>
<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>
${parts.filter((part) => part.length > 0).join('\n')}
</svg>
`;
}

function legend(all: readonly Summary[]): string {
  const present = (Object.keys(FAMILIES) as Family[]).filter((family) => all.some((s) => s.family === family));
  return present.map((family, i) => `<g class="${family}"><circle class="dot" cx="${70 + i * 140}" cy="18" r="5"/><text class="ink" x="${80 + i * 140}" y="22">${FAMILIES[family]}</text></g>`).join('\n');
}

function curves(shown: readonly Summary[], { budget }: Bench): string {
  const [left, right] = LEFT_PANEL;
  // The first tenth falls from 5.9 for all alike; the scale is given to the rest.
  const visible = shown.map((s) => ({ ...s, curve: s.curve.filter(([step]) => step >= budget.steps / 8) }));
  const losses = visible.flatMap((s) => s.curve.map(([, loss]) => loss));
  const x = scaleLinear([0, budget.steps], [left, right]);
  const y = scaleLinear([Math.min(...losses), Math.max(...losses)], [BOTTOM, TOP]).nice();
  const path = line<[number, number]>().x(([step]) => round(x(step))).y(([, loss]) => round(y(loss))).curve(curveMonotoneX);
  const ends = spreadOut(visible.map((s) => y(s.curve.at(-1)![1])));
  return [
    `<text class="ink title" x="${left}" y="52">Held-out loss (nats per byte) over steps</text>`,
    ...y.ticks(6).map((tick) => tickY(left, right, y(tick), tick.toFixed(1))),
    ...x.ticks(5).map((tick) => tickX(x(tick), String(tick))),
    ...visible.map((s, i) => {
      const late = s.id.endsWith('-delayed') ? ' late' : '';
      return `<g class="${s.family}"><path class="way${late}" d="${path(s.curve)}"/><text class="name" x="${right + 6}" y="${round(ends[i] + 4)}">${short(s)}</text></g>`;
    }),
  ].join('\n');
}

function frontier(shown: readonly Summary[]): string {
  if (shown.length === 0) return '';
  const [left, right] = RIGHT_PANEL;
  const low = shown.map((s) => s.loss.mean - s.loss.deviation);
  const high = shown.map((s) => s.loss.mean + s.loss.deviation);
  const x = scaleLog([Math.min(...shown.map((s) => s.up)) / 1.6, Math.max(...shown.map((s) => s.up)) * 1.6], [left, right]);
  const y = scaleLinear([Math.min(...low), Math.max(...high)], [BOTTOM, TOP]).nice();
  const decades = x.ticks().filter((tick) => Number.isInteger(Math.log10(tick)));
  return [
    `<text class="ink title" x="${left}" y="52">Held-out loss at the end, by bytes sent per step</text>`,
    ...y.ticks(6).map((tick) => tickY(left, right, y(tick), tick.toFixed(2))),
    ...decades.map((tick) => tickX(x(tick), tick >= 1e6 ? `${tick / 1e6} MB` : tick >= 1e3 ? `${tick / 1e3} kB` : `${tick} B`)),
    // Names first: no name's paper-coloured rim covers another row's mark.
    ...shown.map((s) => {
      const left = x(s.up) > right - 60;
      return `<text class="${s.family} name${left ? ' end' : ''}" x="${round(x(s.up) + (left ? -8 : 8))}" y="${round(y(s.loss.mean) + 4)}">${brief(s)}</text>`;
    }),
    ...shown.map((s) => {
      const [cx, cy] = [round(x(s.up)), round(y(s.loss.mean))];
      const bar = `<line class="bar" x1="${cx}" x2="${cx}" y1="${round(y(s.loss.mean - s.loss.deviation))}" y2="${round(y(s.loss.mean + s.loss.deviation))}"/>`;
      return `<g class="${s.family}">${bar}<circle class="dot" cx="${cx}" cy="${cy}" r="4.5"/></g>`;
    }),
    `<text class="faint end" x="${right}" y="${BOTTOM + 44}">Bars: standard deviation over seeds</text>`,
  ].join('\n');
}

const tickY = (left: number, right: number, y: number, text: string): string =>
  `<line class="rule" x1="${left}" x2="${right}" y1="${round(y)}" y2="${round(y)}"/><text class="faint end" x="${left - 6}" y="${round(y) + 4}">${text}</text>`;
const tickX = (x: number, text: string): string => `<text class="faint middle" x="${round(x)}" y="${BOTTOM + 20}">${text}</text>`;

/** Two decimals are below what a screen shows, and keep the file short. */
const round = (value: number): number => Math.round(value * 100) / 100;

/** What a row adds to its family's name. */
function brief({ label }: Summary): string {
  const parts = label.split(', ').slice(1).filter((part) => part !== 'values' && part !== '1 bit' && part !== 'data parallel');
  return parts.length > 0 ? parts.join(', ').replace('one round late', 'late') : label;
}

const short = (s: Summary): string => (s.family === 'adamw' ? s.label.split(',')[0] : `${FAMILIES[s.family].split(',')[0]} ${brief(s)}`);

/** Moves labels apart that would cover each other, in their order from top to bottom. */
function spreadOut(wanted: readonly number[], apart = 14): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  const at = [...wanted];
  order.forEach((index, i) => {
    if (i > 0) at[index] = Math.max(at[index], at[order[i - 1]] + apart);
  });
  // Back up from the lowest, so that none falls below the panel.
  for (let i = order.length - 1; i >= 0; i--) {
    const lowest = i === order.length - 1 ? BOTTOM : at[order[i + 1]] - apart;
    at[order[i]] = Math.min(at[order[i]], lowest);
  }
  return at;
}
