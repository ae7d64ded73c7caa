import type { ComponentChildren } from 'preact';
import { getPublicRecord, isRefusal, type PublicRecord } from '#contracts';
import { page } from './layout.js';
import { notFound, refused } from './notice.js';
import { type AskHouse, type Here, type PageAnswer, safeHref } from './site.js';
import { categoryNames, chineseDate, contentNames } from './words.js';

export async function recordPage(here: Here, ask: AskHouse, id: string): Promise<PageAnswer> {
  const reply = await ask<PublicRecord>(getPublicRecord, { id });
  if (isRefusal(reply)) {
    if (reply.refused === 'gone') return withdrawnPage(here, reply.detail ?? {});
    // An id that no record can have is an address that leads nowhere.
    return reply.refused === 'missing' || reply.refused === 'invalid' ? notFound(here) : refused(here, reply);
  }
  const record = reply.ok;
  if (record.withdrawn)
    return withdrawnPage(here, { withdrawnOn: record.withdrawn.on, why: record.withdrawn.why, indexNumber: record.indexNumber });
  return page(here, {
    title: record.title,
    place: 'home',
    children: (
      <article class="record">
        <h1>{record.title}</h1>
        <Metadata here={here} record={record} />
        <div class="prose">
          {(record.body ?? '')
            .split(/\n+/)
            .filter(line => line.trim() !== '')
            .map((line, index) => (
              <p key={index}>{line.trim()}</p>
            ))}
        </div>
        {record.attachment && <Attachment here={here} attachment={record.attachment} />}
      </article>
    ),
  });
}

/** Nothing of the content is told, not even the title: that is what was taken back. */
function withdrawnPage(here: Here, detail: Record<string, unknown>): PageAnswer {
  const known = (name: string) => (typeof detail[name] === 'string' ? detail[name] : undefined);
  const [on, why, indexNumber] = [known('withdrawnOn'), known('why'), known('indexNumber')];
  return page(here, {
    title: '信息已撤回',
    status: 410,
    place: 'home',
    children: (
      <div class="notice">
        <h1>信息已撤回</h1>
        <p>这条信息曾经公开，现已撤回，内容不再提供。</p>
        <dl class="metadata">
          <Term name="索引号">{indexNumber ?? '—'}</Term>
          <Term name="撤回日期">{on ? chineseDate(on) : '—'}</Term>
          <Term name="撤回原因">{why ?? '—'}</Term>
          <Term name="有效性">已撤回</Term>
        </dl>
        <p>
          <a href={here.to('/')}>返回首页</a>
        </p>
      </div>
    ),
  });
}

function Metadata({ here, record }: { here: Here; record: PublicRecord }) {
  return (
    <dl class="metadata">
      <Term name="索引号">{record.indexNumber}</Term>
      <Term name="类别">
        <a href={here.to('/', { category: record.category })}>{categoryNames[record.category] ?? record.category}</a>
      </Term>
      <Term name="发布机构">{here.site.authority}</Term>
      <Term name="来源单位">{record.unitName}</Term>
      <Term name="文号">{record.documentNumber ?? '—'}</Term>
      <Term name="有效性">{record.validity === 'in-force' ? '有效' : '已撤回'}</Term>
      <Term name="成文日期">{chineseDate(record.formedOn)}</Term>
      <Term name="发布日期">{chineseDate(record.publishedOn)}</Term>
      <Term name="主题分类">{record.topic}</Term>
      <Term name="公开内容">{contentNames[record.content] ?? record.content}</Term>
      {record.revisedOn && <Term name="修订日期">{chineseDate(record.revisedOn)}</Term>}
    </dl>
  );
}

function Term({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Attachment({ here, attachment }: { here: Here; attachment: NonNullable<PublicRecord['attachment']> }) {
  const href = safeHref(attachment.href, here);
  return (
    <p class="attachment">
      附件：
      {href ? (
        <a href={href} rel="noopener">
          {attachment.name}
        </a>
      ) : (
        attachment.name
      )}
      {attachment.mediaType && <span class="meta">（{attachment.mediaType}）</span>}
    </p>
  );
}
