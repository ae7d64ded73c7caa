import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inChild, inTemporaryFolder } from '../children.js';
import { type Aim, type Figure, figureOf, notMeasured } from '../figure.js';
import { say } from '../say.js';
import { type Pairs, summaryOf } from './pairs.js';
import type { PeerTask } from './peer.js';

const peer = new URL('./peer.js', import.meta.url);
const packages = fileURLToPath(new URL('../../../../bench/peers', import.meta.url));
const installLongestMs = 10 * 60_000;
const peerName = '@event-driven-io/emmett-sqlite';
const unit = 'events/s';

const comparisons: readonly { figure: string; what: PeerTask['what']; note: string; aim?: Aim }[] = [
  { figure: 'store.peer.one', what: 'one', note: 'beside: emmett-sqlite 0.38.5, one caller, its documented store' },
  {
    figure: 'store.peer.64',
    what: 'retrying',
    note: 'beside: emmett-sqlite 0.38.5, 64 callers, a connection each, retry on busy',
    aim: { of: 'ratio', atLeast: 3 },
  },
  {
    figure: 'store.peer.64-in-a-queue',
    what: 'queueing',
    note: 'beside: emmett-sqlite 0.38.5, 64 callers, one connection, a queue of ours before it',
    aim: { of: 'ratio', atLeast: 3 },
  },
];

/** Another library's store on the same engine, with the same events, in turns. */
export async function measurePeers(rounds: number): Promise<Figure[]> {
  const missing = await install();
  const figures: Figure[] = [];
  for (const { figure, what, note, aim } of comparisons) {
    if (missing !== undefined) {
      figures.push(notMeasured({ figure, unit, why: missing }, aim));
      continue;
    }
    say(`beside emmett-sqlite: ${what}`);
    const pairs = await inTemporaryFolder(folder => inChild<Pairs>(peer, { folder, packages, what, rounds } satisfies PeerTask));
    figures.push(figureOf({ figure, unit, ...summaryOf(pairs), note }, aim));
  }
  return figures;
}

/**
 * Why it cannot be used, or nothing. Its engine is built from source where no prebuilt file can be had, which takes a minute; where
 * npm was told to run no scripts, everything is there except the engine.
 */
async function install(): Promise<string | undefined> {
  if (installed() && (await load()).code === 0) return undefined;
  say(`npm ci --prefix ${packages}`);
  const npm = process.env['npm_execpath'];
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const { code, output } = await run(command, [...args, 'ci', '--prefix', packages, '--no-audit', '--no-fund']);
  if (code !== 0) {
    const wrong = lineOf(output, /gyp ERR! (find|stack Error)/) ?? lineOf(output, /npm (error|ERR!) (?!code|errno|syscall)/);
    return `not measured: bench/peers could not be installed (python3, make and g++ are needed): ${wrong ?? `npm ci ended with ${code ?? 'a signal'}`}`;
  }
  const loaded = await load();
  if (loaded.code === 0) return undefined;
  return `not measured: bench/peers could not be loaded: ${lineOf(loaded.output, /^\w*Error\b/) ?? `Node ended with ${loaded.code}`}`;
}

const load = () => run(process.execPath, ['--input-type=module', '--eval', `import '${peerName}'`]);
const lineOf = (output: string, pattern: RegExp) =>
  output
    .split('\n')
    .find(line => pattern.test(line))
    ?.trim();

function installed(): boolean {
  const [wanted, found] = ['package-lock.json', 'node_modules/.package-lock.json'].map(name => join(packages, name));
  if (!existsSync(found!)) return false;
  const there = packagesIn(found!);
  return Object.entries(packagesIn(wanted!)).every(
    ([path, { version, optional }]) => path === '' || optional || there[path]?.version === version,
  );
}

function packagesIn(file: string): Record<string, { version?: string; optional?: boolean }> {
  return (JSON.parse(readFileSync(file, 'utf8')) as { packages: ReturnType<typeof packagesIn> }).packages;
}

function run(command: string, args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd: packages, stdio: ['ignore', 'pipe', 'pipe'], timeout: installLongestMs });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += String(chunk)));
    child.on('error', error => resolve({ code: null, output: `npm error ${error.message}` }));
    child.on('close', code => resolve({ code, output }));
  });
}
