import type { Figure } from './figure.js';

const header = ['figure', 'value', 'unit', 'baseline', 'ratio', 'aim', 'met', 'note'] as const;
const rightAligned = new Set([1, 3, 4]);

export type Format = 'table' | 'json' | 'markdown';

/** `json`: one line per figure. `markdown`: the machine and the table, as docs/benchmarks.md holds them. */
export function print(figures: readonly Figure[], machine: string, format: Format): void {
  if (format === 'json') for (const figure of figures) console.log(JSON.stringify(figure));
  else if (format === 'markdown') console.log(`${machine}\n\n${markdownOf(figures)}`);
  else console.log(tableOf(figures));
}

export function markdownOf(figures: readonly Figure[]): string {
  const ruler = header.map((_, column) => (rightAligned.has(column) ? '---:' : '---'));
  return [[...header], ruler, ...figures.map(cellsOf)]
    .map(row => `| ${row.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map(cellsOf);
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map(row => row[column]!.length)));
  return [[...header], ...rows]
    .map(row =>
      row
        .map((cell, column) => (rightAligned.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cellsOf({ figure, value, unit, baseline, ratio, aim, met, note }: Figure): string[] {
  return [
    figure,
    shown(value),
    unit,
    shown(baseline),
    shown(ratio),
    aim ?? '–',
    met === null ? '–' : met ? 'yes' : 'NO',
    note ?? '',
  ];
}

function shown(value: number | null): string {
  return value === null ? '–' : value.toLocaleString('en', { maximumFractionDigits: 3 });
}
