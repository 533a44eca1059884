import { scaleLinear, scaleLog } from 'd3-scale';
import { curveMonotoneX, line } from 'd3-shape';
import { GOAL, type Utilisation } from './utilisation.js';

const WIDTH = 640;
const HEIGHT = 360;
const [LEFT, RIGHT, TOP, BOTTOM] = [60, 610, 48, 304];

/** Paper and ink of its own in both schemes, so that it can be read on any page. */
const STYLE = `
text { font: 12px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif } .title { font-weight: 600; font-size: 14px }
.way { fill: none; stroke-width: 1.8 } .goal { stroke-dasharray: 5 4 } .end { text-anchor: end } .middle { text-anchor: middle }
.paper { fill: #fff } .ink { fill: #1f2328 } .faint { fill: #59636e } .rule { stroke: #d1d9e0 } .way { stroke: #0969da } .dot { fill: #0969da } .goal { stroke: #bc4c00 }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117 } .ink { fill: #f0f6fc } .faint { fill: #9198a1 } .rule { stroke: #3d444d } .way { stroke: #58a6ff } .dot { fill: #58a6ff } .goal { stroke: #ffa657 }
}`;

/** Utilisation over T, as an SVG. */
export function plot({ points, clients, line: { upBitsPerSecond, downBitsPerSecond }, smallest }: Utilisation): string {
  const times = points.map((p) => p.trainMs / 1000);
  const x = scaleLog([Math.min(...times), Math.max(...times)], [LEFT, RIGHT]);
  const y = scaleLinear([0, 1], [BOTTOM, TOP]);
  const path = line<Utilisation['points'][number]>().x((p) => round(x(p.trainMs / 1000))).y((p) => round(y(p.utilisation))).curve(curveMonotoneX);
  const at = y(GOAL);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">
<title>Part of RoundTrain in which clients train, over the time that a step trains</title>
<style>${STYLE}
</style>
<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>
<text class="ink title" x="${LEFT}" y="26">Utilisation: ${clients} clients, ${downBitsPerSecond / 1e6}/${upBitsPerSecond / 1e6} Mbit/s</text>
${y.ticks(5).map((tick) => tickY(round(y(tick)), `${Math.round(100 * tick)} %`)).join('\n')}
${times.map((t) => `<text class="faint middle" x="${round(x(t))}" y="${BOTTOM + 20}">${t}</text>`).join('\n')}
<text class="faint middle" x="${(LEFT + RIGHT) / 2}" y="${BOTTOM + 42}">seconds that a step trains (T)</text>
<line class="goal" x1="${LEFT}" x2="${RIGHT}" y1="${round(at)}" y2="${round(at)}"/>
<text class="faint end" x="${RIGHT}" y="${round(at) + 16}">${Math.round(100 * GOAL)} %${smallest === undefined ? '' : `, from T = ${smallest.trainMs / 1000} s on`}</text>
<path class="way" d="${path(points)}"/>
${points.map((p) => `<circle class="dot" cx="${round(x(p.trainMs / 1000))}" cy="${round(y(p.utilisation))}" r="4"/>`).join('\n')}
</svg>
`;
}

const tickY = (at: number, text: string): string =>
  `<line class="rule" x1="${LEFT}" x2="${RIGHT}" y1="${at}" y2="${at}"/><text class="faint end" x="${LEFT - 8}" y="${at + 4}">${text}</text>`;

/** Two decimals are below what a screen shows, and keep the file short. */
const round = (value: number): number => Math.round(value * 100) / 100;
