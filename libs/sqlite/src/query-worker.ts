import { workerData } from 'node:worker_threads';
import { answerAsks } from './answer-asks.js';
import { openDatabase } from './index.js';

export type Value = string | number | null;
export interface Query {
  sql: string;
  values: readonly Value[];
}

const { file } = workerData as { file: string };
const db = await openDatabase(file, { durability: 'normal' });
answerAsks<Query>(
  ({ sql, values }) => db.prepare(sql).all(...values),
  () => db.close(),
);
