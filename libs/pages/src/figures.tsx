import type { AnnualReport, Figure, Statement } from '#contracts';
import type { Here } from './site.js';
import { chineseDate, figureKindNames } from './words.js';

export const casesPath = (year: number, key: string) => `/reports/${year}/figures/${encodeURIComponent(key)}/cases`;
export const anchor = { figure: (key: string) => `figure-${key}`, definition: (key: string) => `definition-${key}` };

export function Overview({ here, report, asOf }: { here: Here; report: AnnualReport; asOf: string | undefined }) {
  return (
    <section class="overview" aria-labelledby="overview">
      <h2 id="overview">数据一览</h2>
      <p class="legend">
        <KindBadge kind="derived" /> 由逐件记录统计，可查看每一件；
        <KindBadge kind="attested" /> 没有逐件记录，由有关单位陈述，列明出处；“—” 表示在此截止日尚无此数，不是零。
      </p>
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">项目</th>
            <th scope="col">数</th>
            <th scope="col">性质</th>
            <th scope="col">依据</th>
          </tr>
        </thead>
        <tbody>
          {report.figures.map(figure => (
            <FigureRow key={figure.key} here={here} year={report.year} figure={figure} asOf={asOf} />
          ))}
          {report.absent.map(({ key, label, why }) => (
            <tr key={key} id={anchor.figure(key)} class="absent">
              <th scope="row" class={isPart(key) ? 'part' : undefined}>
                {label}
              </th>
              <td class="number">—</td>
              <td />
              <td>{why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function FigureRow({ here, year, figure, asOf }: { here: Here; year: number; figure: Figure; asOf: string | undefined }) {
  return (
    <tr id={anchor.figure(figure.key)} class={figure.kind}>
      <th scope="row" class={isPart(figure.key) ? 'part' : undefined}>
        {figure.label}
        <FigureNotes figure={figure} />
      </th>
      <td class="number">{figure.display}</td>
      <td>
        <KindBadge kind={figure.kind} />
      </td>
      <td>
        {figure.statement && <StatementText statement={figure.statement} />}
        <span class="actions">
          {figure.kind === 'derived' && <a href={here.to(casesPath(year, figure.key), { asOf })}>查看明细</a>}
          <a href={`#${encodeURIComponent(anchor.definition(figure.key))}`}>口径</a>
        </span>
      </td>
    </tr>
  );
}

/** `proactive.byCategory.news`: one of the shares into which another figure falls. */
const isPart = (key: string) => /\.by[A-Z]/.test(key);

export function KindBadge({ kind }: { kind: Figure['kind'] }) {
  return <span class={`kind kind-${kind}`}>{figureKindNames[kind]}</span>;
}

/** Printed notes, not tooltips: a reader on paper has to see what is our reading and what is our sum. */
export function FigureNotes({ figure }: { figure: Pick<Figure, 'assumption' | 'computed'> }) {
  return (
    <>
      {figure.assumption && (
        <span class="note">
          <mark>推定</mark> {figure.assumption}
        </span>
      )}
      {figure.computed && (
        <span class="note">
          <mark>计算</mark> {figure.computed}
        </span>
      )}
    </>
  );
}

export function StatementText({ statement }: { statement: Statement }) {
  return (
    <span class="statement">
      <span>来源：{statement.source}</span>
      <span>
        陈述：{statement.saidBy}，{chineseDate(statement.statedOn)}
      </span>
      {statement.scope && <span>范围：{statement.scope}</span>}
    </span>
  );
}

export function Definitions({ report }: { report: AnnualReport }) {
  if (report.figures.length === 0) return null;
  return (
    <section class="definitions" aria-labelledby="definitions">
      <h2 id="definitions">附：口径说明</h2>
      <dl>
        {report.figures.map(figure => (
          <div key={figure.key} id={anchor.definition(figure.key)}>
            <dt>{figure.label}</dt>
            <dd>{figure.definition}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
