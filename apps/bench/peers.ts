import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { say } from './say.js';

/** Installed by the benchmark alone. */
export const packages = fileURLToPath(new URL('../../../bench/peers', import.meta.url));
const installLongestMs = 10 * 60_000;
const peerName = '@event-driven-io/emmett-sqlite';

/** Its module, of which the type says what is used. */
export async function loadPeer<T>(from: string): Promise<T> {
  // It writes every error to the console, also those that are only a lock to wait for.
  console.log = () => {};
  const entry = createRequire(join(from, 'package.json')).resolve(peerName);
  return (await import(pathToFileURL(entry).href)) as T;
}

/**
 * Why it cannot be used, or nothing. Its engine is built from source where no prebuilt file can be had, which takes a minute; where
 * npm was told to run no scripts, everything is there except the engine.
 */
export async function installPeers(): Promise<string | undefined> {
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
