// `node tools/run.mjs <verb> [args]`: installs and builds where needed, then runs one app. Plain Node: it runs before anything is installed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, root } from './prepare.mjs';
import { expected, passThrough, quietly, say } from './process.mjs';

const apps = ['all-in-one', 'services', 'ops', 'bench', 'chaos'];
const leastNode = [20, 19];

const [verb, ...args] = process.argv.slice(2);
process.exitCode = await run();

async function run() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1])) {
    return refuse(
      `需要 Node.js ${leastNode.join('.')} 或更新版本，当前是 ${process.versions.node}。 / Node.js ${leastNode.join('.')} or newer is needed; this is ${process.versions.node}.`,
    );
  }
  try {
    if (verb === 'servers') return await (await import('./servers/servers.mjs')).servers(args);
    if (verb === 'check') {
      await install({ dev: true });
      return await check();
    }
    if (verb === 'build' || verb === 'test' || verb === 'contract') {
      await install({ dev: true });
      await build();
      if (verb === 'contract') return await (await import('./contract.mjs')).contract(args);
      return verb === 'test' ? await test() : 0;
    }
    if (apps.includes(verb)) {
      const main = `dist/apps/${verb}/main.js`;
      // The load generator of `bench commands` is a development package.
      await install({ dev: verb === 'bench' });
      await build();
      if (!existsSync(join(root, main))) return refuse(`没有 ${main}。 / There is no ${main}.`);
      return await passThrough(process.execPath, ['--enable-source-maps', join(root, main), ...args], { ipc: true });
    }
  } catch (error) {
    if (error.expected) return refuse(error.message);
    throw error;
  }
  return refuse(
    `用法 / usage: node tools/run.mjs <${[...apps, 'build', 'test', 'contract', 'servers', 'check'].join('|')}> [args]`,
  );
}

function test() {
  return passThrough(process.execPath, [join(root, 'node_modules/jest/bin/jest.js'), ...args], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`.trim() },
  });
}

async function check() {
  // Without Nx's picture of who imports whom ESLint skips the module boundaries, with no more than a warning.
  const graph = ['node_modules/nx/dist/bin/nx.js', 'graph', '--file=.cache/graph.json'];
  const { code: graphed, output } = await quietly('正在读取模块关系 / reading who imports whom', process.execPath, graph, {
    cwd: root,
  });
  if (graphed !== 0) throw expected(`Nx 未能读出模块关系 / Nx could not read who imports whom:\n${output}`);
  const steps = [
    ['prettier', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
    ['eslint', ['node_modules/eslint/bin/eslint.js', '.']],
    ['tsc', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit', '--incremental', 'false']],
  ];
  let failed = 0;
  for (const [name, command] of steps) {
    const code = await passThrough(process.execPath, command, { cwd: root });
    say(`${name}: ${code === 0 ? '通过 / passed' : '未通过 / failed'}`);
    if (code !== 0) failed += 1;
  }
  if (failed === 0) {
    await build();
    const code = await passThrough(process.execPath, ['tools/check-events.mjs'], { cwd: root });
    say(`events: ${code === 0 ? '通过 / passed' : '未通过 / failed'}`);
    if (code !== 0) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

function refuse(sentence) {
  say(sentence);
  return 1;
}
