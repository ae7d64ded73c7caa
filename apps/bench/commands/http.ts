import { join } from 'node:path';
import { inTemporaryFolder, startChild } from '../children.js';
import { type Figure, figureOf } from '../figure.js';
import { say } from '../say.js';

const allInOne = new URL('../../all-in-one/main.js', import.meta.url);
const bareServer = new URL('./bare-server.js', import.meta.url);
const connections = 16;
const warmUpSeconds = 2;

/** Collected on the day it was formed, as the office does it; about 1 kB. */
const body = JSON.stringify({
  unit: 'jiuzai',
  title: '关于下拨芦山地震灾区受灾群众过渡期生活救助资金的通知',
  body: '各市（州）民政局：现将受灾群众过渡期生活救助资金下拨你们，请按规定及时足额发放到户，并公开发放情况，接受监督。'.repeat(
    5,
  ),
  category: 'finance',
  topic: '救灾/减灾救灾',
  content: 'earthquake',
  formedOn: '2013-05-08',
});

/** One command through the front door, its room and the store, beside one insert through the same framework. */
export async function measureHttp(seconds: number): Promise<Figure[]> {
  const bare = await inTemporaryFolder(folder => ofBareServer(join(folder, 'rows.db'), seconds));
  const commands = await inTemporaryFolder(folder => ofAllInOne(folder, seconds));
  return [
    figureOf({ figure: 'commands.collect', value: commands.perSecond, unit: 'commands/s', baseline: bare.perSecond }),
    figureOf({ figure: 'commands.collect.p99', value: commands.p99, unit: 'ms', baseline: bare.p99 }),
  ];
}

async function ofBareServer(file: string, seconds: number) {
  const child = startChild(bareServer);
  try {
    child.send({ file });
    const { address } = await child.answer<{ address: string }>();
    return await load('bare server', `${address}/rows`, {}, seconds);
  } finally {
    await child.stop();
  }
}

async function ofAllInOne(folder: string, seconds: number) {
  const { GONGKAI_NATS: _, ...inherited } = process.env;
  const environment = {
    ...inherited,
    GONGKAI_DATA: folder,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'error',
    NODE_ENV: 'development',
  };
  const child = startChild(allInOne, { args: ['--empty'], environment });
  try {
    const address = await child.saying(/http:\/\/127\.0\.0\.1:\d+/);
    await untilReady(address);
    const { token } = await post<{ token: string }>(`${address}/api/v1/dev/session`, {}, { person: 'lin-fang' });
    const authorization = { authorization: `Bearer ${token}` };
    await post(`${address}/api/v1/units`, authorization, { id: 'jiuzai', name: '救灾处', kind: 'internal' });
    return await load('all-in-one', `${address}/api/v1/records`, authorization, seconds);
  } finally {
    await child.stop();
  }
}

async function load(what: string, url: string, headers: Record<string, string>, seconds: number) {
  const autocannon = await loader();
  const once = (duration: number) =>
    autocannon({
      url,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      connections,
      pipelining: 1,
      duration,
    });
  say(`${what}: ${connections} connections for ${seconds} s`);
  await once(warmUpSeconds);
  const result = await once(seconds);
  if (result.non2xx + result.errors + result.timeouts > 0) {
    throw new Error(`${what}: ${result.non2xx} answers not 2xx, ${result.errors} errors, ${result.timeouts} timeouts`);
  }
  const measured = { perSecond: result['2xx'] / result.duration, p99: result.latency.p99 };
  say(`${what}: ${Math.round(measured.perSecond)}/s, p99 ${measured.p99} ms`);
  return measured;
}

async function loader() {
  try {
    return (await import('autocannon')).default;
  } catch (error) {
    throw new Error('需要开发依赖 autocannon，请运行 npm ci。 / autocannon, a development package, is needed: run npm ci.', {
      cause: error,
    });
  }
}

async function untilReady(address: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if ((await fetch(`${address}/health/ready`)).ok) return;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error(`${address} was not ready within 30 s`);
}

async function post<T>(url: string, headers: Record<string, string>, content: object): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(content),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
