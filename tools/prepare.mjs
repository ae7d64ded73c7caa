import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { locked } from './lock.mjs';
import { expected, quietly } from './process.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const sources = ['apps', 'libs', 'stories', 'bench'];
const lockFile = join(root, 'package-lock.json');
const installStamp = join(root, 'node_modules/.gongkai-lock-hash');
const buildStamp = join(root, 'dist/.build-hash');
const mutex = join(root, '.cache/prepare.lock');

/** `npm ci`, where what is installed is not what package-lock.json says. `dev`: the verb needs the development packages too. */
export async function install({ dev }) {
  if (installed(dev)) return;
  await locked(mutex, async () => {
    if (installed(dev)) return;
    const npm = process.env.npm_execpath;
    const [command, args] = npm?.endsWith('.js')
      ? [process.execPath, [npm, 'ci']]
      : [process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci']];
    const { code, output } = await quietly(
      '正在安装依赖 / installing dependencies (npm ci)',
      command,
      [...args, '--no-audit', '--no-fund'],
      {
        cwd: root,
        shell: command.endsWith('.cmd'),
      },
    );
    if (code >= 128) throw expected('安装中断，可再次运行。 / The installation was interrupted; run it again.');
    if (code !== 0)
      throw expected(`${output.trim()}\n依赖未能安装，请检查网络后重试。 / npm ci failed; check the network and run it again.`);
    writeFileSync(installStamp, digest([lockFile]));
  });
}

function installed(dev) {
  const now = digest([lockFile]);
  const stamp = read(installStamp);
  if (stamp === now && !dev) return true;
  const hidden = read(join(root, 'node_modules/.package-lock.json'));
  if (hidden === null) return false;
  // Someone ran npm by hand, or left the development packages out: compare package by package.
  const wanted = JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  const found = JSON.parse(hidden).packages;
  return Object.entries(wanted).every(([path, { version, optional, devOptional, dev: development }]) => {
    if (path === '') return true;
    if (found[path]) return found[path].version === version;
    return optional || devOptional || (development && !dev);
  });
}

/** `tsc`, where dist is not of these sources; outputs whose source is gone are deleted. */
export async function build() {
  if (read(buildStamp) === sourceDigest()) return;
  await locked(mutex, async () => {
    const now = sourceDigest();
    if (read(buildStamp) === now) return;
    rmSync(buildStamp, { force: true });
    deleteStale();
    const { code, output } = await quietly(
      '正在编译 / building',
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.json')],
      {
        cwd: root,
      },
    );
    if (code >= 128) throw expected('编译中断，可再次运行。 / The build was interrupted; run it again.');
    if (code !== 0) throw expected(`${output.trim()}\n编译未通过。 / The build failed.`);
    mkdirSync(dirname(buildStamp), { recursive: true });
    writeFileSync(buildStamp, now);
  });
}

function sourceDigest() {
  const configs = readdirSync(root)
    .filter(name => /^tsconfig.*\.json$/.test(name))
    .sort();
  const files = sources.flatMap(folder => filesUnder(join(root, folder))).filter(file => /\.tsx?$/.test(file));
  return digest([...configs.map(name => join(root, name)), lockFile, ...files]);
}

function digest(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

function deleteStale() {
  const dist = join(root, 'dist');
  let deleted = 0;
  for (const file of filesUnder(dist)) {
    const source = relative(dist, file).match(/^(.+)\.js(\.map)?$/)?.[1];
    if (!source || !sources.includes(source.split(sep)[0])) continue;
    if (existsSync(join(root, `${source}.ts`)) || existsSync(join(root, `${source}.tsx`))) continue;
    rmSync(file);
    deleted += 1;
  }
  // What tsc remembers of its outputs would otherwise keep it from writing a file that comes back.
  if (deleted > 0 || !existsSync(join(dist, 'apps'))) rmSync(join(dist, '.tsbuildinfo'), { force: true });
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(name => join(folder, name))
    .filter(file => !file.includes(`${sep}node_modules${sep}`) && statSync(file, { throwIfNoEntry: false })?.isFile())
    .sort();
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
