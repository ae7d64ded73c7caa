import { isRefusal, listReports, type Page, type ReportListing } from '#contracts';
import { page } from './layout.js';
import { refused } from './notice.js';
import { type AskHouse, type Here, type PageAnswer } from './site.js';
import { chineseDate } from './words.js';

export async function reportsPage(here: Here, ask: AskHouse): Promise<PageAnswer> {
  const reports = await ask<Page<ReportListing>>(listReports, {});
  if (isRefusal(reports)) return refused(here, reports, { place: 'reports' });
  return page(here, {
    title: '年度报告',
    place: 'reports',
    children: (
      <>
        <h1>年度报告</h1>
        <p class="lead">每份报告的数字由办理过程中逐件留下的记录统计得出；没有逐件记录的，注明由谁陈述、出自何处。</p>
        <ReportLinks here={here} reports={reports.ok.items} />
      </>
    ),
  });
}

export function ReportLinks({ here, reports }: { here: Here; reports: readonly ReportListing[] }) {
  if (reports.length === 0) return <p class="empty">目前还没有年度报告。</p>;
  return (
    <ul class="reports">
      {reports.map(({ year, title, closed }) => (
        <li key={year}>
          <a href={here.to(`/reports/${year}`)}>{title}</a>
          <p class="meta">{closed ? `${chineseDate(closed.on)}定稿` : '未定稿，数字随记录更新'}</p>
        </li>
      ))}
    </ul>
  );
}
