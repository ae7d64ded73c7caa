/** What a rule says when it says no: a serialisable value, never an exception. Kinds map to HTTP in the gateway's one table. */
export interface Refusal {
  refused: 'invalid' | 'forbidden' | 'unauthenticated' | 'missing' | 'gone' | 'conflict' | 'stale' | 'unready' | 'fault';
  /** kebab-case adjective or phrase; becomes the problem's `type`. */
  name: string;
  /** One sentence in Chinese and one in English: what was wrong, where, what to do. */
  zh: string;
  en: string;
  /** For `invalid`: where, as paths into the body or parameters. */
  issues?: { path: string; zh: string; en: string }[];
  /** Facts a client may use, such as the current revision. */
  detail?: Record<string, unknown>;
}

export function refuse(
  refused: Refusal['refused'],
  name: string,
  sentence: { zh: string; en: string },
  more: Pick<Refusal, 'issues' | 'detail'> = {},
): Refusal {
  return { refused, name, ...sentence, ...more };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value && 'name' in value;
}
