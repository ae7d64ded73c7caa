import type { AnnualReport } from '#contracts';
import { categoryNames, chineseDate } from './words.js';

type Breakdown = AnnualReport['breakdown'];

const width = 720;
const bar = { height: 22, step: 36, left: 108, right: 56 };
const column = { height: 190, top: 28, bottom: 30 };

/** Drawn from the breakdown alone; a number in the picture is one of its counts or their sum. */
export function Chart({ report }: { report: AnnualReport }) {
  const { breakdown } = report;
  if (!breakdown.some(({ count }) => count > 0)) return null;
  const present = new Set(breakdown.map(({ category }) => category));
  const categories = [...Object.keys(categoryNames), ...present].filter(
    (category, index, all) => present.has(category) && all.indexOf(category) === index,
  );
  const months = monthsOf(report);
  return (
    <section class="pictures" aria-labelledby="pictures">
      <h2 id="pictures">主动公开图示</h2>
      <figure>
        <figcaption>按类别（条）</figcaption>
        <Bars breakdown={breakdown} categories={categories} />
      </figure>
      <figure>
        <figcaption>按月份（条）</figcaption>
        <ul class="keys" aria-hidden="true">
          {categories.map(category => (
            <li key={category}>
              <svg width="12" height="12" viewBox="0 0 12 12">
                <rect width="12" height="12" class={`fill-${category}`} />
              </svg>
              {nameOf(category)}
            </li>
          ))}
        </ul>
        <Columns breakdown={breakdown} categories={categories} months={months} />
      </figure>
      <details>
        <summary>图中的数据（表）</summary>
        <DataTable breakdown={breakdown} categories={categories} months={months} />
      </details>
    </section>
  );
}

function Bars({ breakdown, categories }: { breakdown: Breakdown; categories: readonly string[] }) {
  const sums = categories.map(category => sumOf(breakdown, one => one.category === category));
  const scale = (width - bar.left - bar.right) / Math.max(...sums, 1);
  const described = categories.map((category, index) => `${nameOf(category)}${sums[index]}条`).join('，');
  return (
    <svg viewBox={`0 0 ${width} ${categories.length * bar.step}`} role="img" aria-labelledby="bars-title bars-desc">
      <title id="bars-title">主动公开信息按类别</title>
      <desc id="bars-desc">{described}。</desc>
      {categories.map((category, index) => (
        <g key={category}>
          <text x={bar.left - 12} y={index * bar.step + 22} text-anchor="end">
            {nameOf(category)}
          </text>
          <rect
            x={bar.left}
            y={index * bar.step + 6}
            width={round(sums[index]! * scale)}
            height={bar.height}
            class={`fill-${category}`}
          />
          <text class="value" x={round(bar.left + sums[index]! * scale + 8)} y={index * bar.step + 22}>
            {sums[index]}
          </text>
        </g>
      ))}
    </svg>
  );
}

function Columns({
  breakdown,
  categories,
  months,
}: {
  breakdown: Breakdown;
  categories: readonly string[];
  months: readonly string[];
}) {
  const sums = months.map(month => sumOf(breakdown, one => one.month === month));
  const scale = (column.height - column.top) / Math.max(...sums, 1);
  const step = width / Math.max(months.length, 12);
  const described = months.flatMap((month, index) => (sums[index] ? [`${monthName(month)}${sums[index]}条`] : [])).join('，');
  return (
    <svg viewBox={`0 0 ${width} ${column.height + column.bottom}`} role="img" aria-labelledby="columns-title columns-desc">
      <title id="columns-title">主动公开信息按月份和类别</title>
      <desc id="columns-desc">{described}。</desc>
      <line class="axis" x1="0" x2={width} y1={column.height} y2={column.height} />
      {months.map((month, index) => {
        let top = column.height;
        const x = round(index * step + step * 0.19);
        return (
          <g key={month}>
            {categories.map(category => {
              const height = sumOf(breakdown, one => one.month === month && one.category === category) * scale;
              top -= height;
              return height > 0 ? (
                <rect
                  key={category}
                  x={x}
                  y={round(top)}
                  width={round(step * 0.62)}
                  height={round(height)}
                  class={`piece fill-${category}`}
                />
              ) : null;
            })}
            {sums[index]! > 0 && (
              <text class="value" x={round(index * step + step / 2)} y={round(top - 8)} text-anchor="middle">
                {sums[index]}
              </text>
            )}
            <text x={round(index * step + step / 2)} y={column.height + 20} text-anchor="middle">
              {monthName(month)}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

function DataTable({
  breakdown,
  categories,
  months,
}: {
  breakdown: Breakdown;
  categories: readonly string[];
  months: readonly string[];
}) {
  // A month without a publication stays blank: the breakdown gives no number for it.
  const shown = (of: (one: Breakdown[number]) => boolean) => sumOf(breakdown, of) || '';
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="图中的数据">
      <table>
        <caption>主动公开信息（条），空白表示该月没有发布该类信息</caption>
        <thead>
          <tr>
            <th scope="col">月份</th>
            {categories.map(category => (
              <th key={category} scope="col">
                {nameOf(category)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {months.map(month => (
            <tr key={month}>
              <th scope="row">{chineseDate(month)}</th>
              {categories.map(category => (
                <td key={category} class="number">
                  {shown(one => one.month === month && one.category === category)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The months of the period up to the cut: a month that has not come is not an empty one. */
function monthsOf({ cut, breakdown }: AnnualReport): string[] {
  const last = (cut.asOf < cut.period.to ? cut.asOf : cut.period.to).slice(0, 7);
  const year = cut.period.from.slice(0, 4);
  const all = Array.from({ length: 12 }, (_, index) => `${year}-${String(index + 1).padStart(2, '0')}`);
  return [...new Set([...all.filter(month => month <= last), ...breakdown.map(({ month }) => month)])].sort();
}

function sumOf(breakdown: Breakdown, of: (one: Breakdown[number]) => boolean): number {
  return breakdown.filter(of).reduce((sum, { count }) => sum + count, 0);
}

const nameOf = (category: string) => categoryNames[category] ?? category;
const monthName = (month: string) => `${Number(month.slice(5))}月`;
const round = (length: number) => Math.round(length * 10) / 10;
