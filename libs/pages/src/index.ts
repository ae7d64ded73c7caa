import type { Operation, Reply } from '#contracts';

export type AskHouse = <T>(operation: Operation, input: Record<string, unknown>) => Promise<Reply<T>>;
export interface Site {
  authority: string;
  example: boolean;
}
export interface PageAnswer {
  status: number;
  contentType: string;
  body: string;
}

export async function openPage(_path: string, _query: URLSearchParams, _ask: AskHouse, _site: Site): Promise<PageAnswer | null> {
  return null;
}
