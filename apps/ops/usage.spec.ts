import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

const main = fileURLToPath(new URL('./main.js', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-usage-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['report', '20x3'],
  ['report', '2013', '--as-of', '2013-02-30'],
  ['report', '2013', '--recorded-by', 'yesterday'],
  ['report', '2013', '--recorded-by', '2013-07-01T00:00:00+08:00', '--position', '5'],
  ['report', '2013', '--format', 'xml'],
  ['verify', 'report', '1'],
  ['report'],
  ['nothing'],
  [''],
  ['projections', 'drip'],
  ['projections', 'watch', '--every', 'x'],
  ['store', 'verify', 'a', 'b'],
  ['store', 'export', '--from', '0'],
])('ops %s %s … cannot be read: one sentence, exit code 2, and nothing is made', (...typed) => {
  const env = { ...process.env, GONGKAI_DATA: folder, NODE_OPTIONS: '' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...typed], { encoding: 'utf8', env });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^.*\p{Script=Han}.* \/ .+\n$/u);
  expect(readdirSync(folder)).toEqual([]);
});
