import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface MongoServer {
  /** `mongodb://127.0.0.1:<port>`: no database is named in it. */
  url: string;
  port: number;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const jars = process.env['GONGKAI_MONGO_SERVER'] || join(root, '.cache/mongo-server');
const startWithinMs = 120_000;

/** Why a suite that needs this server cannot run here; undefined where it can, or must (`GONGKAI_TEST_SERVERS=required`). */
export function whyNoMongoServer(): string | undefined {
  if (process.env['GONGKAI_TEST_SERVERS'] === 'required') return undefined;
  if (!existsSync(jars) || !readdirSync(jars).some(name => name.endsWith('.jar')))
    return 'no mongo-java-server: npm run servers -- --fetch fetches it';
  const { stdout } = spawnSync('java', ['--list-modules'], { encoding: 'utf8' });
  return stdout?.includes('jdk.compiler') ? undefined : 'no JDK to start mongo-java-server with';
}

/** A title that tells the report where a suite runs, or why it does not. */
export function onMongoServer(title: string): string {
  const missing = whyNoMongoServer();
  return `${title} [on mongo-java-server]${missing === undefined ? '' : ` [skipped: ${missing}]`}`;
}

/**
 * A process that speaks MongoDB's protocol, in a folder of its own; it ends with this one. Slow where updates have more conditions
 * than `_id`, and not durable when killed.
 */
export async function startMongoServer({ wireVersion }: { wireVersion?: number } = {}): Promise<MongoServer> {
  const folder = mkdtempSync(join(tmpdir(), 'gongkai-mongo-'));
  const source = join(root, 'tools/mongo-server/MongoProtocolServer.java');
  const more = wireVersion === undefined ? [] : [String(wireVersion)];
  const args = ['-XX:TieredStopAtLevel=1', '-cp', join(jars, '*'), source, '0', join(folder, 'mongo.mv'), ...more];
  const child = spawn('java', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  try {
    const url = await said(child);
    return {
      url,
      port: Number(url.split(':').at(-1)),
      close: () => ended(child, folder),
    };
  } catch (error) {
    await ended(child, folder);
    throw error;
  }
}

function said(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const fail = (why: unknown) => reject(new Error(`mongo-java-server did not start: ${String(why)}\n${text}`));
    const timer = setTimeout(() => fail('too slow'), startWithinMs);
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', chunk => {
        text += chunk;
        const found = /mongodb:\/\/127\.0\.0\.1:\d+(?=\s)/.exec(text)?.[0];
        if (!found) return;
        clearTimeout(timer);
        resolve(found);
      });
    child.once('error', fail);
    child.once('exit', fail);
  });
}

async function ended(child: ChildProcess, folder: string): Promise<void> {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const gone = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
}
