// `npm run contract <event-store|projections> [-- --json]`: a line per assertion and adapter, from the contract suite's own titles.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';
import { say } from './process.mjs';
import { mongoServer } from './servers/fetch.mjs';

const contracts = {
  'event-store': {
    suite: 'event store: ',
    adapters: ['in-memory model', 'SQLite, one process', 'SQLite, three processes on one file', 'KurrentDB, a fake server'],
    ids: Array.from({ length: 64 }, (_, index) => `ES-${String(index + 1).padStart(2, '0')}`),
  },
  projections: {
    suite: 'projections: ',
    adapters: ['SQLite', 'MongoDB protocol server'],
    server: mongoServer,
    ids: Array.from({ length: 50 }, (_, index) => `PR-${String(index + 1).padStart(2, '0')}`),
  },
};

export async function contract(args) {
  const json = args.includes('--json');
  const name = args.find(arg => !arg.startsWith('-'));
  const asked = contracts[name];
  if (!asked) {
    say(`用法 / usage: npm run contract <${Object.keys(contracts).join('|')}> [-- --json]`);
    return 1;
  }
  // What cannot be had is said, and the assertions on it fail for that reason.
  const without = await asked.server?.().then(
    () => undefined,
    error => error.message,
  );
  if (without) say(without);
  const results = await run(asked);
  if (!results) return 1;
  const lines = linesOf(asked, results, without ?? 'no test');
  for (const line of lines) console.log(json ? JSON.stringify(line) : textOf(line));
  const count = status => lines.filter(line => line.status === status).length;
  const verdict = `${count('passed')} passed, ${count('declared')} declared, ${count('failed')} failed`;
  if (json) say(verdict);
  else console.log(verdict);
  // A file that could not even be read has no tests to name.
  const broken = results.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  for (const { name, message } of broken) say(`${name}: ${firstLine(message.trim())}`);
  return count('failed') + broken.length === 0 ? 0 : 1;
}

/** Jest's own words, and the seeds the tests print, go to standard error: standard output is for the lines. */
async function run({ suite }) {
  const file = join(root, '.cache', `contract-${process.pid}.json`);
  mkdirSync(join(root, '.cache'), { recursive: true });
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  try {
    await new Promise((resolve, reject) => {
      const child = spawn(
        process.execPath,
        [jest, '--json', `--outputFile=${file}`, '--reporters=default', `--testNamePattern=^${suite}`],
        {
          cwd: root,
          stdio: ['ignore', 2, 2],
          env: {
            ...process.env,
            NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`.trim(),
          },
        },
      );
      child.on('error', reject);
      child.on('exit', resolve);
    });
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    say(`测试未能运行：${error.message} / the tests did not run`);
    return null;
  } finally {
    rmSync(file, { force: true });
  }
}

/** Every assertion on every adapter: one that no test names is a failure, not an absence. */
function linesOf({ suite, adapters, ids }, { testResults }, absence) {
  const found = new Map(adapters.map(adapter => [adapter, new Map()]));
  for (const { assertionResults } of testResults) {
    for (const { ancestorTitles, title, status, failureMessages } of assertionResults) {
      if (!ancestorTitles[0]?.startsWith(suite) || !['passed', 'failed'].includes(status)) continue;
      const adapter = ancestorTitles[0].slice(suite.length).replace(/ \[[^\]]*\]/g, '');
      if (!found.has(adapter)) found.set(adapter, new Map());
      for (const id of title
        .match(/^(?:[A-Z]{2}-\d\d ?)+/)?.[0]
        .trim()
        .split(' ') ?? []) {
        const before = found.get(adapter).get(id);
        const declared = title.match(/ declared: (.*)$/)?.[1];
        const now =
          status === 'failed'
            ? { status: 'failed', reason: firstLine(failureMessages[0] ?? title) }
            : declared
              ? { status: 'declared', reason: declared }
              : { status: 'passed', reason: '' };
        // Of several tests of one assertion the worst counts, and one that ran counts before what was only declared.
        const rank = { failed: 2, passed: 1, declared: 0 };
        if (!before || rank[now.status] > rank[before.status]) found.get(adapter).set(id, now);
      }
    }
  }
  return [...found].flatMap(([adapter, byId]) =>
    ids.map(id => ({ id, adapter, ...(byId.get(id) ?? { status: 'failed', reason: absence }) })),
  );
}

function firstLine(text) {
  return text.replace(/\u001b\[[0-9;]*m/g, '').split('\n')[0];
}

function textOf({ id, adapter, status, reason }) {
  const mark = { passed: '✓', declared: '–', failed: '✗' }[status];
  return `${mark} ${id}  ${adapter.padEnd(36)} ${status}${reason ? `: ${reason}` : ''}`;
}
