import type { ComponentChildren } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { Converter } from 'opencc-js/cn2t';
import type { Here, PageAnswer } from './site.js';

const toTraditional: (html: string) => string = Converter({ from: 'cn', to: 't' });

export interface PageParts {
  title: string;
  status?: number;
  /** Which entry of the navigation the page belongs to. */
  place?: 'home' | 'reports' | 'channels';
  children: ComponentChildren;
}

export function page(here: Here, parts: PageParts): PageAnswer {
  const html = `<!doctype html>${renderToString(<Document here={here} {...parts} />)}`;
  // The whole page at once: what people wrote, our own words and the picture all change characters together.
  return {
    status: parts.status ?? 200,
    contentType: 'text/html; charset=utf-8',
    body: converted(here, html),
  };
}

/** In the reader's characters. */
export function converted(here: Here, html: string): string {
  return here.traditional ? toTraditional(html) : html;
}

function Document({ here, title, status = 200, place, children }: PageParts & { here: Here }) {
  const { authority, example, loading } = here.site;
  return (
    <html lang={here.traditional ? 'zh-Hant' : 'zh-CN'}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        {status !== 200 && <meta name="robots" content="noindex" />}
        <title>{`${title} · ${authority}政府信息公开`}</title>
        <link rel="stylesheet" href="/assets/site.css" />
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
      </head>
      <body>
        <a class="skip" href="#main">
          跳到正文
        </a>
        {example && (
          <p class="example" role="note">
            <strong>示例</strong> 本站数据为虚构的示例年度，用于演示，不是{authority}发布的真实信息。
            {loading && <strong>正在载入，数字尚不完整，请稍后刷新。</strong>}
          </p>
        )}
        <header class="masthead">
          <div class="wide">
            <a class="brand" href={here.to('/')}>
              <span class="brand-authority">{authority}</span>
              <span class="brand-site">政府信息公开</span>
            </a>
            <div class="tools">
              <SearchForm here={here} />
              <LanguageSwitch here={here} />
            </div>
          </div>
          <nav aria-label="主导航">
            <ul class="wide">
              <NavItem href={here.to('/')} current={place === 'home'} text="首页" />
              <NavItem href={here.to('/reports')} current={place === 'reports'} text="年度报告" />
              <NavItem href={here.to('/channels')} current={place === 'channels'} text="公开渠道" />
            </ul>
          </nav>
        </header>
        <main id="main" class="wide" tabIndex={-1}>
          {children}
        </main>
        <footer class="colophon">
          <div class="wide">
            <p>{authority} · 政府信息公开</p>
            <p>
              本站所有公开数据均可通过开放接口取得，接口说明见 <a href="/api/docs">/api/docs</a>。
            </p>
          </div>
        </footer>
      </body>
    </html>
  );
}

function NavItem({ href, current, text }: { href: string; current: boolean; text: string }) {
  return (
    <li>
      <a href={href} aria-current={current ? 'true' : undefined}>
        {text}
      </a>
    </li>
  );
}

function SearchForm({ here }: { here: Here }) {
  const category = here.path === '/' ? here.query.get('category') : null;
  return (
    <form class="search" action="/" method="get" role="search">
      <label class="unseen" for="q">
        检索公开信息
      </label>
      <input
        id="q"
        name="q"
        type="search"
        maxLength={100}
        placeholder="标题、正文、文号、索引号"
        value={here.query.get('q') ?? ''}
      />
      {category && <input type="hidden" name="category" value={category} />}
      <Kept here={here} />
      <button type="submit">检索</button>
    </form>
  );
}

/** A form's address loses its query; the reader's characters travel along in the form. */
export function Kept({ here }: { here: Here }) {
  return here.traditional ? <input type="hidden" name="lang" value="zh-Hant" /> : null;
}

function LanguageSwitch({ here }: { here: Here }) {
  // Written as character references, so that each name stays in its own characters when the page is converted.
  const simplified = { __html: '&#31616;&#20307;' };
  const traditional = { __html: '&#32321;&#39636;' };
  return (
    <p class="characters" aria-label="字体">
      {here.traditional ? (
        <>
          <a href={here.switched} lang="zh-Hans" hreflang="zh-Hans" dangerouslySetInnerHTML={simplified} />
          <span aria-current="true" dangerouslySetInnerHTML={traditional} />
        </>
      ) : (
        <>
          <span aria-current="true" dangerouslySetInnerHTML={simplified} />
          <a href={here.switched} lang="zh-Hant" hreflang="zh-Hant" dangerouslySetInnerHTML={traditional} />
        </>
      )}
    </p>
  );
}

/** Pages follow one another by cursor: there is a next one and a first one, and no numbers between. */
export function Pager({
  here,
  path,
  params,
  next,
}: {
  here: Here;
  path: string;
  params: Record<string, string | undefined>;
  next: string | null;
}) {
  const later = here.query.has('after');
  if (!next && !later) return null;
  return (
    <nav class="pager" aria-label="翻页">
      {later && <a href={here.to(path, params)}>回到第一页</a>}
      {next && (
        <a href={here.to(path, { ...params, after: next })} rel="next">
          下一页
        </a>
      )}
    </nav>
  );
}
