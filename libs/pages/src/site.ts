import type { Operation, Reply } from '#contracts';

export type AskHouse = <T>(operation: Operation, input: Record<string, unknown>) => Promise<Reply<T>>;

export interface Site {
  authority: string;
  /** The data are those of the invented example year. */
  example: boolean;
  /** They are still being loaded: every figure is one of a part of the year. */
  loading: boolean;
}

export interface PageAnswer {
  status: number;
  contentType: string;
  body: string;
}

type Params = Record<string, string | number | undefined | null>;

/** Where the reader stands: whose site, which page, in which characters. */
export interface Here {
  site: Site;
  path: string;
  query: URLSearchParams;
  traditional: boolean;
  /** An address of this site, in ASCII, that keeps the reader's characters. */
  to(path: string, params?: Params): string;
  /** This very page in the other characters. */
  switched: string;
}

const traditional = 'zh-Hant';
const kept = ['q', 'category', 'after', 'asOf'];

export function standAt(site: Site, path: string, query: URLSearchParams): Here {
  const lang = query.get('lang') === traditional ? traditional : undefined;
  const same = Object.fromEntries(kept.map(name => [name, query.get(name)]));
  return {
    site,
    path,
    query,
    traditional: lang !== undefined,
    to: (address, params = {}) => link(address, { ...params, lang }),
    switched: link(path, { ...same, lang: lang ? undefined : traditional }),
  };
}

function link(path: string, params: Params): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params))
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  return query.size > 0 ? `${path}?${query}` : path;
}

/** What was asked in the address, without the blanks a form sends along. */
export function asked(query: URLSearchParams, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap(name => (query.get(name)?.trim() ? [[name, query.get(name)!.trim()]] : [])));
}

/** An address written by someone else: http(s) or a path of ours, in ASCII; anything else is no link. */
export function safeHref(href: string, here: Here): string | undefined {
  if (/^\/(?![/\\])/.test(href)) {
    const { pathname, searchParams } = new URL(href, 'http://here');
    // `/.//elsewhere` is `//elsewhere` once it is resolved: another host.
    return pathname.startsWith('//') ? undefined : here.to(pathname, Object.fromEntries(searchParams));
  }
  if (!/^https?:\/\//i.test(href) || !URL.canParse(href)) return undefined;
  return new URL(href).href;
}
