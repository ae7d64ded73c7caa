import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportLines, openSqliteEventStore } from '#event-store';
import { eventsFile } from '#platform';

/** For specs: an operator with a terminal, and a place to work in. */
export interface Operator {
  /** Everything lies below; gone with `leave`. */
  place(name: string): string;
  /** Runs `ops` on a data folder to its end. */
  ops(dataFolder: string, ...args: string[]): Promise<Said>;
  /** As `ops`; the power fails before the file system is changed for the `step`th time by a new name. */
  powerFails(step: number, dataFolder: string, ...args: string[]): Promise<Said>;
  /** From now on, of a house of which something is on servers. */
  onServers(settings: { GONGKAI_EVENTS?: string; GONGKAI_MONGODB?: string }): void;
  /** As `ops`; Ctrl-C as soon as `when` is true. Fails where it came to an end before. */
  interrupted(when: () => boolean, dataFolder: string, ...args: string[]): Promise<void>;
  /** As `ops`; Ctrl-C as soon as what was said until then fits, and what it had said at its end. */
  lookedAt(fits: (out: string) => boolean, dataFolder: string, ...args: string[]): Promise<Said>;
  /** A log of that many events; the same for the same name. */
  log(dataFolder: string, events: number, name?: string): Promise<void>;
  /** Its subjects' keys, made where there are none; those that are known already. */
  keys(dataFolder: string, ...subjects: string[]): Promise<string[]>;
  /** Its events, a line each, as an export has them. */
  events(dataFolder: string): Promise<string[]>;
  /** A process of its own with the log of a folder open, and what it writes there until it is stopped. */
  writer(dataFolder: string): Promise<{ stop(): Promise<void> }>;
  leave(): void;
}

export interface Said {
  code: number | null;
  out: string;
  err: string;
}

const main = fileURLToPath(new URL('../main.js', import.meta.url));
const withinMs = 60_000;

/*
 * Whatever is opened here runs in processes of their own: a file that this one had open counts as in use until its statements are
 * collected.
 */
const filling = `
  const { openSqliteEventStore } = await import('#event-store');
  const [file, events, name] = process.argv.slice(1);
  const store = await openSqliteEventStore(file);
  const noted = id => ({
    id,
    type: 'Noted',
    version: 1,
    data: { note: ('公开 ' + id + ' ').repeat(10) },
    metadata: {
      commandId: id, command: 'test.note', commandDigest: 'd', correlationId: id, person: 'p', name: '某人',
      occurredOn: '2013-04-20', recordedAt: '2013-04-20T01:02:03.004Z',
    },
  });
  for (let at = 0; at < events; at += 500) {
    const appends = Array.from({ length: Math.min(500, events - at) }, (_, index) => ({
      stream: 'catalogue.record-' + name + '-' + (at + index) % 100,
      events: [noted(name + '-' + (at + index))],
      expected: 'any',
    }));
    await store.appendMany(appends);
  }
  await store.close();`;

const keyMaking = `
  const { openKeys, readConfig } = await import('#platform');
  const keys = await openKeys(readConfig(process.env), null);
  const known = [];
  for (const subject of process.argv.slice(1)) {
    if (typeof (await keys.keyOf(subject)) === 'object') known.push(subject);
    await keys.makeKey(subject);
  }
  await keys.close();
  process.stdout.write(JSON.stringify(known));`;

const failing = `
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  let left = Number(process.env.POWER_FAILS_AT);
  for (const name of ['renameSync', 'linkSync']) {
    const real = fs[name];
    fs[name] = (...given) => (--left === 0 ? process.kill(process.pid, 'SIGKILL') : real(...given));
  }
  syncBuiltinESMExports();`;

const writing = `
  const { openSqliteEventStore } = await import('#event-store');
  const store = await openSqliteEventStore(process.argv[1]);
  for (let turn = 0; ; turn++) {
    const event = { id: 'w-' + process.pid + '-' + turn, type: 'Noted', version: 1, data: { turn }, metadata: { commandDigest: 'd' } };
    await store.append('catalogue.record-written', [event], 'any');
    if (turn === 0) process.stdout.write('writing');
  }`;

export function anOperator(): Operator {
  const folder = mkdtempSync(join(tmpdir(), 'gongkai-operator-'));
  const children = new Set<ChildProcess>();
  const { NODE_OPTIONS: _options, NODE_ENV: _env, MONGODB_URL: _url, ...inherited } = process.env;
  let servers: Parameters<Operator['onServers']>[0] = {};

  function start(dataFolder: string, args: readonly string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, args, {
      env: { ...inherited, ...servers, ...env, GONGKAI_DATA: dataFolder, PORT: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    const said: Said = { code: null, out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', chunk => (said.out += chunk));
    child.stderr.setEncoding('utf8').on('data', chunk => (said.err += chunk));
    const ended = new Promise<Said>(resolve => {
      child.on('close', code => {
        children.delete(child);
        resolve({ ...said, code });
      });
    });
    return { child, said, ended };
  }

  async function script(dataFolder: string, source: string, ...args: string[]): Promise<string> {
    const { code, out, err } = await start(dataFolder, ['--input-type=module', '-e', source, ...args]).ended;
    if (code !== 0) throw new Error(err);
    return out;
  }

  let looks = 0;
  return {
    log: async (dataFolder, events, name = 'a') =>
      void (await script(dataFolder, filling, eventsFile(dataFolder), String(events), name)),
    keys: async (dataFolder, ...subjects) => JSON.parse(await script(dataFolder, keyMaking, ...subjects)) as string[],
    async events(dataFolder) {
      const copy = join(folder, `look-${++looks}`);
      for (const rest of ['', '-wal']) {
        const file = `${eventsFile(dataFolder)}${rest}`;
        if (existsSync(file)) cpSync(file, `${eventsFile(copy)}${rest}`);
      }
      const store = await openSqliteEventStore(eventsFile(copy));
      let text = '';
      for await (const page of exportLines(store, 0)) text += page.text;
      await store.close();
      rmSync(copy, { recursive: true });
      return text.split('\n').slice(0, -2);
    },
    place: name => join(folder, name),
    onServers: settings => void (servers = settings),
    ops: (dataFolder, ...args) => start(dataFolder, [main, ...args]).ended,
    powerFails(step, dataFolder, ...args) {
      const hook = `data:text/javascript,${encodeURIComponent(failing)}`;
      return start(dataFolder, ['--import', hook, main, ...args], { POWER_FAILS_AT: String(step) }).ended;
    },
    async interrupted(when, dataFolder, ...args) {
      const { child, ended } = start(dataFolder, [main, ...args]);
      while (child.exitCode === null && !when()) await new Promise(resolve => setTimeout(resolve, 1));
      child.kill('SIGINT');
      const { code, out, err } = await ended;
      if (child.signalCode !== 'SIGINT')
        throw new Error(`${args.join(' ')} was not interrupted, but ended with ${code}: ${out}${err}`);
    },
    async lookedAt(fits, dataFolder, ...args) {
      const { child, said, ended } = start(dataFolder, [main, ...args]);
      for (const until = Date.now() + withinMs; child.exitCode === null && !fits(said.out) && Date.now() < until;)
        await new Promise(resolve => setTimeout(resolve, 5));
      child.kill('SIGINT');
      return ended;
    },
    async writer(dataFolder) {
      const { child, said, ended } = start(dataFolder, ['--input-type=module', '-e', writing, eventsFile(dataFolder)]);
      for (const until = Date.now() + withinMs; said.out !== 'writing' && Date.now() < until;)
        await new Promise(resolve => setTimeout(resolve, 5));
      return {
        async stop() {
          child.kill('SIGKILL');
          await ended;
        },
      };
    },
    leave() {
      for (const child of children) child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Every file below a folder, by its name there, with a hash of its bytes. */
export function bytesOf(folder: string): Record<string, string> {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  const files = names.filter(name => statSync(join(folder, name)).isFile()).sort();
  const hashOf = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
  return Object.fromEntries(files.map(name => [name, hashOf(name)]));
}

/** One sentence in Chinese, one in English, and no stack. */
export const oneSentence = /^[^\n]*[\u4e00-\u9fff][^\n]* \/ [^\n]+\n$/;
