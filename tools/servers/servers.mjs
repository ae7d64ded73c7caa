// `npm run servers`: what is missing of NATS and a server that speaks MongoDB's protocol, on free ports, until Ctrl-C.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../prepare.mjs';
import { expected, say } from '../process.mjs';
import { mongoServer, natsServer } from './fetch.mjs';

const startWithinMs = 60_000;

export async function servers(args) {
  const [nats, mongo] = [await natsServer(), await mongoServer()];
  if (args.includes('--fetch')) return 0;
  const folder = mkdtempSync(join(tmpdir(), 'gongkai-servers-'));
  const running = [];
  const begun = child => (running.push(child), child);
  try {
    const stopped = new Promise(resolve => ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(signal => process.on(signal, resolve)));
    const urls = Promise.all([
      process.env.GONGKAI_NATS ?? startNats(nats, begun),
      process.env.MONGODB_URL ?? startMongo(mongo, folder, begun),
    ]);
    const started = await Promise.race([urls, stopped.then(() => null)]);
    if (!started) return 0;
    for (const [name, value] of Object.entries({
      GONGKAI_NATS: started[0],
      MONGODB_URL: started[1],
      GONGKAI_NATS_SERVER: nats,
      GONGKAI_MONGO_SERVER: mongo,
    }))
      console.log(`export ${name}=${value}`);
    if (running.length === 0) say('两者已由环境变量给出，没有要启动的。 / Both are given by the environment: nothing to start.');
    if (running.length === 0) return 0;
    say('按 Ctrl-C 停止；停止后数据不保留。 / Ctrl-C stops them; their data is not kept.');
    const died = Promise.race(running.map(child => new Promise(resolve => child.once('exit', () => resolve(child.spawnfile)))));
    const dead = await Promise.race([stopped.then(() => null), died]);
    if (dead) throw expected(`${dead} 已退出，另一个也已停止。 / ${dead} ended; the other is stopped too.`);
    return 0;
  } finally {
    await Promise.all(running.map(ended));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startNats(binary, begun) {
  const port = await freePort();
  const child = begun(spawn(binary, ['--addr', '127.0.0.1', '--port', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] }));
  await said(child, child.stderr, /Server is ready/);
  return `nats://127.0.0.1:${port}`;
}

async function startMongo(jars, folder, begun) {
  const source = join(root, 'tools/mongo-server/MongoProtocolServer.java');
  const args = ['-XX:TieredStopAtLevel=1', '-cp', join(jars, '*'), source, '0', join(folder, 'mongo.mv')];
  const child = begun(spawn('java', args, { stdio: ['pipe', 'pipe', 'ignore'] }));
  return `${(await said(child, child.stdout, /mongodb:\S+/)).trim()}/gongkai`;
}

/** What the server says once it can be used. */
function said(child, stream, what) {
  return new Promise((resolve, reject) => {
    const fail = () => reject(expected(`${child.spawnfile} 未能启动。 / ${child.spawnfile} could not start.`));
    const timer = setTimeout(fail, startWithinMs);
    let text = '';
    stream.on('data', chunk => {
      text += chunk;
      const found = what.exec(text)?.[0];
      if (!found) return;
      clearTimeout(timer);
      resolve(found);
    });
    child.once('error', fail);
    child.once('exit', fail);
  });
}

function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return undefined;
  const gone = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGTERM');
  return gone;
}

async function freePort() {
  const probe = createServer();
  await new Promise(resolve => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise(resolve => probe.close(resolve));
  return port;
}
