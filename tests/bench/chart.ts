import { type Figure, median, rounded, spread } from './figures.ts';
import type { Chart } from './part.ts';

const WIDTH = 760;
/** Height of the line above a group that says what was measured: as text beside the bars it would leave them no room. */
const LABEL = 20;
/** Room to the right of the longest bar, for its value. */
const VALUES = 150;
const TITLE = 34;
const BAR = 18;
const GROUP_GAP = 12;
const LEGEND = 30;

/**
 * One colour a side, orcon's first. Each stands out by 3:1 and more from a white page and from a dark one, and the sides differ
 * in lightness too, for those who see no colours.
 */
const STYLE = `
text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px }
.value { font-variant-numeric: tabular-nums }
.side0 { fill: #0969da } .side1 { fill: #8c959f } .side2 { fill: #bf8700 } .side3 { fill: #8250df }
.range { stroke: #1f2328; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .side0 { fill: #58a6ff } .side1 { fill: #768390 } .side2 { fill: #d29922 } .side3 { fill: #a371f7 }
  .range { stroke: #e6edf3 }
}`;

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** A bar chart as SVG without a background, readable on light and dark pages: a group for each thing measured, a bar a side. */
export function chartOf({ title, figures: wanted }: Chart, figures: readonly Figure[]): string {
  const shown = wanted.map((what) => figures.filter((figure) => figure.what === what));
  const sides = [...new Set(shown.flat().map((figure) => figure.of))];
  const largest = Math.max(...shown.flat().flatMap(({ values }) => values), Number.MIN_VALUE);
  const length = (value: number) => Number(((Math.max(0, value) / largest) * (WIDTH - VALUES)).toFixed(1));

  const parts: string[] = [];
  let y = TITLE;
  for (const group of shown) {
    parts.push(`<text x="0" y="${y + 13}">${escaped(group[0]?.what ?? '')}</text>`);
    y += LABEL;
    for (const figure of group) {
      parts.push(bar(figure, sides.indexOf(figure.of), y, length));
      y += BAR;
    }
    y += GROUP_GAP;
  }
  const bottom = y - GROUP_GAP;
  const legend = sides.map((side, index) => {
    const x = index * 170;
    const box = `<rect class="side${index}" x="${x}" y="${bottom + 9}" width="12" height="12" rx="2"/>`;
    return `${box}<text x="${x + 18}" y="${bottom + 20}">${escaped(side)}</text>`;
  });
  const height = bottom + LEGEND;
  const said = shown.flat().map((figure) => `${figure.what}, ${figure.of}: ${spread(figure)}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(said.join('; '))}</desc>`,
    `<style>${STYLE}\n</style>`,
    `<text class="title" x="0" y="18">${escaped(title)}</text>`,
    ...parts,
    ...legend,
    '</svg>\n',
  ].join('\n');
}

/** A bar up to the median, a line from the smallest value to the largest, and the median as text beyond both. */
function bar({ values, unit }: Figure, side: number, y: number, length: (value: number) => number): string {
  const middle = median(values);
  const [from, to] = [length(Math.min(...values)), length(Math.max(...values))];
  const line = y + BAR / 2 - 1;
  const text = `${rounded(middle)}${unit === '' || unit.startsWith('/') ? unit : ` ${unit}`}`;
  return [
    `<rect class="side${side}" x="0" y="${y}" width="${length(middle)}" height="${BAR - 3}" rx="2"/>`,
    `<line class="range" x1="${from}" y1="${line}" x2="${to}" y2="${line}"/>`,
    `<text class="value" x="${Math.max(to, length(middle)) + 8}" y="${y + 12}">${escaped(text)}</text>`,
  ].join('');
}
