import { type AnnualReport, getReport, isRefusal } from '#contracts';
import { Chart } from './chart.js';
import { Definitions, Overview } from './figures.js';
import { Kept, page } from './layout.js';
import { refused } from './notice.js';
import { Sections } from './sections.js';
import { asked, type AskHouse, type Here, type PageAnswer } from './site.js';
import { chineseDate, reportTitle } from './words.js';

export async function reportPage(here: Here, ask: AskHouse, year: number): Promise<PageAnswer> {
  const cut = asked(here.query, ['asOf']);
  const reply = await ask<AnnualReport>(getReport, { year, ...cut });
  if (isRefusal(reply)) {
    const form = reply.refused === 'invalid' ? <AsOfForm here={here} year={year} asOf={cut['asOf']} /> : undefined;
    return refused(here, reply, { place: 'reports', children: form });
  }
  const report = reply.ok;
  const title = reportTitle(here.site.authority, report.year);
  return page(here, {
    title,
    place: 'reports',
    children: (
      <article class="report">
        <header>
          <h1>{title}</h1>
          <CutFacts report={report} asked={cut['asOf']} />
        </header>
        <AsOfForm here={here} year={year} asOf={cut['asOf']} />
        {report.closed && <Differences report={report} />}
        {report.sections.some(section => section.invented) && (
          <p class="remark">
            标有<mark class="invented">示例文字</mark>的章节，文字为依据公开事实重新撰写的示例，不是该机关的原文。
          </p>
        )}
        <Overview here={here} report={report} asOf={cut['asOf']} />
        <Chart report={report} />
        <Sections here={here} report={report} asOf={cut['asOf']} />
        <Definitions report={report} />
      </article>
    ),
  });
}

function CutFacts({ report, asked: asOf }: { report: AnnualReport; asked: string | undefined }) {
  const { period, definitionVersion, templateVersion } = report.cut;
  return (
    <dl class="cut">
      <div>
        <dt>统计期间</dt>
        <dd>
          {chineseDate(period.from)}至{chineseDate(period.to)}
        </dd>
      </div>
      <div>
        <dt>截至</dt>
        <dd>{chineseDate(report.cut.asOf)}</dd>
      </div>
      <div>
        <dt>状态</dt>
        <dd>
          {report.closed
            ? `已定稿（${chineseDate(report.closed.on)}，${report.closed.by}）`
            : asOf
              ? '按所选截止日统计'
              : '未定稿，数字随记录更新'}
        </dd>
      </div>
      <div>
        <dt>版本</dt>
        <dd>
          口径 {definitionVersion}，体例 {templateVersion}
        </dd>
      </div>
      <div class="digest">
        <dt>{report.closed ? '定稿摘要' : '内容摘要'}</dt>
        <dd>
          <code>{report.closed?.digest ?? report.digest}</code>
        </dd>
      </div>
      {report.closed && report.closed.digest !== report.digest && (
        <div class="digest">
          <dt>现内容摘要</dt>
          <dd>
            <code>{report.digest}</code>
          </dd>
        </div>
      )}
    </dl>
  );
}

function AsOfForm({ here, year, asOf }: { here: Here; year: number; asOf: string | undefined }) {
  return (
    <form class="as-of" action={`/reports/${year}`} method="get">
      <label for="asOf">查看截至某日的报告</label>
      <input id="asOf" name="asOf" type="date" min={`${year}-01-01`} value={asOf ?? ''} />
      <Kept here={here} />
      <button type="submit">查看</button>
      {asOf !== undefined && <a href={here.to(`/reports/${year}`)}>不限截止日</a>}
    </form>
  );
}

/** A closed report does not change; what has come to differ since is said beside it. */
function Differences({ report }: { report: AnnualReport }) {
  const { differences } = report;
  if (!differences) return null;
  const known = new Map([...report.absent, ...report.figures].map(({ key, label }) => [key, label]));
  return (
    <section class="differences" aria-labelledby="differences">
      <h2 id="differences">定稿后的变化</h2>
      {differences.length === 0 ? (
        <p>定稿以来，各项数字没有变化。</p>
      ) : (
        <>
          <p>正文所列为定稿时的数字。定稿之后登记、撤回或更正的事项使下列数字有了不同：</p>
          <table>
            <thead>
              <tr>
                <th scope="col">项目</th>
                <th scope="col">定稿数</th>
                <th scope="col">现在</th>
                <th scope="col">相关事件数</th>
              </tr>
            </thead>
            <tbody>
              {differences.map(({ key, closed, now, events }) => (
                <tr key={key}>
                  <th scope="row">{known.get(key) ?? key}</th>
                  <td class="number">{closed ?? '—'}</td>
                  <td class="number">{now ?? '—'}</td>
                  <td class="number">{events.length}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}
