import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One row of a data file, and where it stands: `records.jsonl:12`. */
export type Row<T> = T & { at: string };

export interface ExampleData {
  units: Row<{ id: string; name: string; kind: string; designatedPerson: string; from: string }>[];
  channels: Row<ChannelRow>[];
  outlets: Row<{ id: string; name: string; tier: string; from: string }>[];
  records: Row<RecordRow>[];
  placements: Row<{ key: string; outlet: string; title: string; publishedOn: string }>[];
  posts: Row<{ key: string; postedOn: string; text: string; record: string }>[];
  requests: Row<RequestRow>[];
  commitments: Row<{ key: string; unit: string; text: string; channels: string[]; from: string; to: string | null }>[];
  attestations: Row<{
    key: string;
    year: number;
    value: number;
    qualifier?: string;
    scope: string;
    source: string;
    saidBy: string;
    statedOn: string;
  }>[];
  institutions: Row<{ key: string; what: string; status: string; on: string | null; says: string }>[];
  campaigns: Row<{ key: string; name: string; year: number }>[];
  trainings: Row<{ key: string; kind: string; form: string; subject: string; audience: string; on: string }>[];
  problems: Row<{ key: string; text: string }>[];
  measures: Row<{ key: string; problem: string; text: string }>[];
  sections: Row<{ key: string; title: string; text: string }>[];
}

export interface ChannelRow {
  id: string;
  name: string;
  kind: string;
  /** A year, a month or a date. */
  openedOn: string;
  columns: string[];
  topics: string[];
  interactiveColumns: string[];
  categories: string[];
  confirmation: 'automatic' | 'manual';
}

export interface RecordRow {
  key: string;
  unit: string;
  title: string;
  body: string;
  category: string;
  topic: string;
  content: string;
  documentNumber: string | null;
  formedOn: string;
  collectedOn: string;
  firstReviewedOn: string;
  submittedOn: string;
  secrecyReviewedOn: string;
  approvedOn: string;
  publishedOn: string;
}

export interface RequestRow {
  key: string;
  path: string;
  form: string;
  applicantType: string;
  subject: string;
  arrivedOn: string;
  receivedOn: string;
  answeredOn: string;
  closedOn: string;
  forwardedBy: string | null;
  forwardingLetter: string | null;
  forwardedOn: string | null;
  outcome: string;
  note: string;
}

/** The example's folder beside this installation, whether it runs from sources or from dist. */
export function exampleFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return join(folder, 'examples/sichuan-2013');
}

/** @throws Error naming the file and line that cannot be read */
export function readExample(folder: string): ExampleData {
  const csv = <T>(name: string) => csvRows(folder, `${name}.csv`) as unknown as Row<T>[];
  const jsonl = <T>(name: string) => jsonRows(folder, `${name}.jsonl`) as Row<T>[];
  return {
    units: csv('units'),
    channels: jsonl('channels'),
    outlets: csv('outlets'),
    records: jsonl('records'),
    placements: csv('placements'),
    posts: csv('posts'),
    requests: jsonl('requests'),
    commitments: jsonl('commitments'),
    attestations: jsonl('attestations'),
    institutions: jsonl('institutions'),
    campaigns: jsonl('campaigns'),
    trainings: jsonl('training'),
    problems: jsonl('problems'),
    measures: jsonl('measures'),
    sections: jsonl('sections'),
  };
}

function jsonRows(folder: string, name: string): Row<object>[] {
  return readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      if (line.trim() === '') return [];
      const at = `${name}:${index + 1}`;
      try {
        return [{ ...(JSON.parse(line) as object), at }];
      } catch (error) {
        throw new Error(`${at}: ${(error as Error).message}`, { cause: error });
      }
    });
}

function csvRows(folder: string, name: string): Row<Record<string, string>>[] {
  const [header = [], ...rows] = parseCsv(readFileSync(join(folder, name), 'utf8').replace(/^\uFEFF/, ''));
  return rows.map((cells, index) => ({
    ...Object.fromEntries(header.map((field, column) => [field, cells[column] ?? ''])),
    at: `${name}:${index + 2}`,
  }));
}

/** RFC 4180: quoted cells may hold commas, line breaks and doubled quotes. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (row.some(cell => cell !== '')) rows.push(row);
    row = [];
  }
  return rows;
}
