import type { ComponentChildren } from 'preact';
import type { Refusal } from '#contracts';
import { page, type PageParts } from './layout.js';
import type { Here, PageAnswer } from './site.js';

/** Pages answer with numbers of their own: a page that shows why and offers a form is still that page's answer. */
export const statusOf: Record<Refusal['refused'], number> = {
  invalid: 422,
  forbidden: 403,
  unauthenticated: 401,
  missing: 404,
  gone: 410,
  conflict: 409,
  stale: 412,
  unready: 503,
  fault: 500,
};

const headings: Partial<Record<Refusal['refused'], string>> = {
  invalid: '请检查所填内容',
  missing: '没有找到',
  gone: '信息已撤回',
  unready: '数据正在更新',
};

export function refused(
  here: Here,
  refusal: Refusal,
  more: { place?: PageParts['place']; children?: ComponentChildren } = {},
): PageAnswer {
  const title = headings[refusal.refused] ?? '无法显示';
  return page(here, {
    title,
    status: statusOf[refusal.refused],
    ...(more.place ? { place: more.place } : {}),
    children: (
      <div class="notice">
        <h1>{title}</h1>
        <p role="alert">{refusal.zh}</p>
        {more.children}
        <p>
          <a href={here.to('/')}>返回首页</a>
        </p>
      </div>
    ),
  });
}

export function notFound(here: Here): PageAnswer {
  return page(here, {
    title: '没有这个页面',
    status: 404,
    children: (
      <div class="notice">
        <h1>没有这个页面</h1>
        <p>地址可能写错了，也可能这条信息尚未公开。可以从上方检索，或者：</p>
        <ul>
          <li>
            <a href={here.to('/')}>查看最新公开信息</a>
          </li>
          <li>
            <a href={here.to('/reports')}>查看年度报告</a>
          </li>
        </ul>
      </div>
    ),
  });
}
