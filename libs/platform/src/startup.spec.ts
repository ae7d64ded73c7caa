import { spawnSync } from 'node:child_process';
import { expect, it } from '@jest/globals';

/** A process of its own whose start is this. */
function started(start: string) {
  const platform = new URL('./index.js', import.meta.url).href;
  const script = `import { CannotStart, closeAll, runProcess } from '${platform}';
    const closing = name => async () => console.log(name);
    await runProcess(async opened => { ${start} });`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return { status, closed: stdout.trim().split('\n'), stderr };
}

it('what was open when a start failed is closed, last first, and why it failed is said', () => {
  const start = "opened(closing('store')); opened(closing('door')); throw new CannotStart('端口已被占用 / taken');";
  expect(started(start)).toEqual({ status: 1, closed: ['door', 'store'], stderr: '端口已被占用 / taken\n' });
});

it('what is opened while the process is already ending is closed too', () => {
  const start = `opened(async () => { opened(closing('late')); });
    process.kill(process.pid, 'SIGTERM');
    await new Promise(() => setInterval(() => {}, 1000));`;
  expect(started(start)).toEqual({ status: 0, closed: ['late'], stderr: '' });
});

it('one that cannot be closed keeps no other from it', () => {
  const start = `opened(closing('store')); opened(async () => { throw new CannotStart('仍在使用 / in use'); });
    return { failed: Promise.reject(new CannotStart('NATS 太旧 / too old')) };`;
  expect(started(start)).toEqual({ status: 1, closed: ['store'], stderr: 'NATS 太旧 / too old\n仍在使用 / in use\n' });
});

it('what is opened side by side is closed as soon as it is open, also where another could not be opened', () => {
  const start = `const later = new Promise(open => setTimeout(() => open({ close: closing('later') }), 50));
    const refused = Promise.reject(new CannotStart('已损坏 / damaged'));
    const rooms = [later, refused, Promise.resolve({ close: closing('first') })];
    opened(closing('store'));
    opened(() => closeAll(rooms));
    await Promise.all(rooms);`;
  expect(started(start)).toEqual({ status: 1, closed: ['first', 'later', 'store'], stderr: '已损坏 / damaged\n' });
});

it('a start that fails once the process is ending is no failure of it', () => {
  const start = `opened(() => new Promise(end => setTimeout(end, 200)));
    process.kill(process.pid, 'SIGTERM');
    await new Promise(next => setTimeout(next, 50));
    opened(closing('late'));
    return { failed: Promise.reject(new Error('the rooms are closed')) };`;
  expect(started(start)).toEqual({ status: 0, closed: ['late'], stderr: '' });
});

it('what never closes keeps no process that could not start', () => {
  const start =
    "opened(() => new Promise(() => {})); setInterval(() => {}, 1000); throw new CannotStart('端口已被占用 / taken');";
  expect(started(start)).toEqual({ status: 1, closed: [''], stderr: '端口已被占用 / taken\n' });
});
