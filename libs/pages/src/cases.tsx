import { type Case, type Cases, getCases, isRefusal } from '#contracts';
import { casesPath, FigureNotes, KindBadge, StatementText } from './figures.js';
import { page, Pager } from './layout.js';
import { refused } from './notice.js';
import { asked, type AskHouse, type Here, type PageAnswer, safeHref } from './site.js';
import { caseKindNames, chineseDate, detailNames, detailValue, eventNames } from './words.js';

const perPage = 50;

export async function casesPage(here: Here, ask: AskHouse, year: number, key: string): Promise<PageAnswer> {
  const cut = asked(here.query, ['asOf']);
  const reply = await ask<Cases>(getCases, { year, key, ...cut, ...asked(here.query, ['after']), limit: perPage });
  const report = here.to(`/reports/${year}`, cut);
  if (isRefusal(reply)) {
    const back = (
      <p>
        <a href={here.to(`/reports/${year}`)}>返回{year}年报告</a>
      </p>
    );
    return refused(here, reply, { place: 'reports', children: back });
  }
  const cases = reply.ok;
  const { figure } = cases;
  const attested = figure.kind === 'attested';
  return page(here, {
    title: `${figure.label}：${attested ? '陈述' : '明细'}（${year}年）`,
    place: 'reports',
    children: (
      <article class="cases">
        <p class="crumbs">
          <a href={here.to('/reports')}>年度报告</a> › <a href={report}>{year}年</a> › {attested ? '陈述' : '明细'}
        </p>
        <h1>{figure.label}</h1>
        <p class="figure-shown">
          <strong class={`figure-${figure.kind}`}>{figure.display}</strong> <KindBadge kind={figure.kind} />
          {!attested && (
            <span>
              明细共 {cases.total} {figure.unit}
            </span>
          )}
          {cut['asOf'] && <span>截至{chineseDate(cut['asOf'])}</span>}
        </p>
        <p class="definition">
          <b>口径</b> {figure.definition}
        </p>
        <p class="notes">
          <FigureNotes figure={figure} />
        </p>
        {attested ? <Attested cases={cases} /> : <CaseTable here={here} items={cases.items} />}
        <Pager here={here} path={casesPath(year, key)} params={cut} next={cases.next} />
        <Withdrawn withdrawn={cases.withdrawn} />
      </article>
    ),
  });
}

function Attested({ cases }: { cases: Cases }) {
  const statement = cases.statement ?? cases.figure.statement;
  return (
    <section aria-labelledby="statement">
      <h2 id="statement">由谁陈述</h2>
      <p>这个数没有逐件记录，由有关单位陈述。</p>
      {statement && <StatementText statement={statement} />}
    </section>
  );
}

function CaseTable({ here, items }: { here: Here; items: readonly Case[] }) {
  if (items.length === 0) return <p class="empty">没有明细。</p>;
  return (
    <table class="case-table">
      <thead>
        <tr>
          <th scope="col">日期</th>
          <th scope="col">事项</th>
          <th scope="col">详情</th>
        </tr>
      </thead>
      <tbody>
        {items.map(item => (
          <CaseRow key={item.id} here={here} item={item} />
        ))}
      </tbody>
    </table>
  );
}

function CaseRow({ here, item }: { here: Here; item: Case }) {
  const href = item.href === undefined ? undefined : safeHref(item.href, here);
  return (
    <tr>
      <td>
        <time dateTime={item.on}>{item.on}</time>
      </td>
      <td>
        <span class="case-title">{href ? <a href={href}>{item.title}</a> : item.title}</span>
        <Events item={item} />
      </td>
      <td>
        <dl class="detail">
          {Object.entries(item.detail).map(([name, value]) => (
            <div key={name}>
              <dt>{detailNames[name] ?? name}</dt>
              <dd>
                {name === 'record' ? (
                  <a href={here.to(`/records/${encodeURIComponent(value)}`)}>{value}</a>
                ) : (
                  detailValue(name, value)
                )}
              </dd>
            </div>
          ))}
        </dl>
      </td>
    </tr>
  );
}

function Events({ item }: { item: Case }) {
  if (item.events.length === 0) return null;
  return (
    <details class="events">
      <summary>依据的记录</summary>
      <ul>
        {item.events.map(event => (
          <li key={event.id}>
            {eventNames[event.type] ?? event.type}，{chineseDate(event.occurredOn)}；登记于{' '}
            <time dateTime={event.recordedAt}>{event.recordedAt}</time>，序号 {event.position}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Withdrawn({ withdrawn }: { withdrawn: Cases['withdrawn'] }) {
  if (withdrawn.length === 0) return null;
  return (
    <section class="withdrawn" aria-labelledby="withdrawn">
      <h2 id="withdrawn">已撤回或注销（不计入）</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">撤回日期</th>
            <th scope="col">事项</th>
            <th scope="col">原因</th>
          </tr>
        </thead>
        <tbody>
          {withdrawn.map(item => (
            <tr key={item.id}>
              <td>
                <time dateTime={item.withdrawnOn}>{item.withdrawnOn}</time>
              </td>
              <td>
                {item.title}
                <span class="meta">
                  {caseKindNames[item.kind] ?? item.kind}，原日期 {chineseDate(item.on)}
                </span>
              </td>
              <td>{item.why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
