import type { Figure } from '../figure.js';
import { measureHttp } from './http.js';
import { measureWriters } from './writers.js';

export async function measureCommands({ seconds }: { seconds: number }): Promise<Figure[]> {
  return [...(await measureHttp(seconds)), ...(await measureWriters(seconds))];
}
