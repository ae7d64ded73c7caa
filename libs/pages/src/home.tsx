import { isRefusal, listPublicRecords, listReports, type Page, type PublicRecord, type ReportListing } from '#contracts';
import { page, Pager } from './layout.js';
import { refused } from './notice.js';
import { ReportLinks } from './reports.js';
import { asked, type AskHouse, type Here, type PageAnswer } from './site.js';
import { categoryNames } from './words.js';

const perPage = 20;

export async function homePage(here: Here, ask: AskHouse): Promise<PageAnswer> {
  const filters = asked(here.query, ['q', 'category']);
  const [records, reports] = await Promise.all([
    ask<Page<PublicRecord>>(listPublicRecords, { ...filters, ...asked(here.query, ['after']), limit: perPage }),
    ask<Page<ReportListing>>(listReports, {}),
  ]);
  if (isRefusal(records)) return refused(here, records, { place: 'home' });
  const { q, category } = filters;
  const heading = q ? `检索“${q}”` : category ? (categoryNames[category] ?? category) : '最新公开信息';
  return page(here, {
    title: heading,
    place: 'home',
    children: (
      <div class="beside">
        <section aria-labelledby="records-heading">
          <h1 id="records-heading">{heading}</h1>
          <CategoryLinks here={here} q={q} category={category} />
          <RecordList here={here} records={records.ok} filtered={Boolean(q || category)} />
          <Pager here={here} path="/" params={filters} next={records.ok.next} />
        </section>
        <aside aria-labelledby="reports-heading">
          <h2 id="reports-heading">年度报告</h2>
          {isRefusal(reports) ? <p class="empty">{reports.zh}</p> : <ReportLinks here={here} reports={reports.ok.items} />}
        </aside>
      </div>
    ),
  });
}

function CategoryLinks({ here, q, category }: { here: Here; q: string | undefined; category: string | undefined }) {
  const link = (key: string | undefined, name: string) => (
    <li>
      <a href={here.to('/', { q, category: key })} aria-current={key === category ? 'true' : undefined}>
        {name}
      </a>
    </li>
  );
  return (
    <nav aria-label="按类别查看">
      <ul class="tabs">
        {link(undefined, '全部')}
        {Object.entries(categoryNames).map(([key, name]) => link(key, name))}
      </ul>
    </nav>
  );
}

function RecordList({ here, records, filtered }: { here: Here; records: Page<PublicRecord>; filtered: boolean }) {
  if (records.items.length === 0) {
    return filtered ? (
      <p class="empty">
        没有找到符合条件的公开信息。可以换一个检索词，或者<a href={here.to('/')}>查看全部</a>。
      </p>
    ) : (
      <p class="empty">目前还没有公开的信息。信息经审批发布后在这里列出。</p>
    );
  }
  return (
    <>
      <p class="total">共 {records.total} 条</p>
      <ol class="records">
        {records.items.map(record => (
          <li key={record.id}>
            <a href={here.to(`/records/${encodeURIComponent(record.id)}`)}>{record.title}</a>
            <p class="meta">
              <span class="class">{categoryNames[record.category] ?? record.category}</span>
              <span>索引号 {record.indexNumber}</span>
              <span>
                发布日期 <time dateTime={record.publishedOn}>{record.publishedOn}</time>
              </span>
            </p>
          </li>
        ))}
      </ol>
    </>
  );
}
