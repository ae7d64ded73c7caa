import { mkdirSync, readdirSync, rmdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { say } from './process.mjs';

const oldAfterMs = 15 * 60_000;

/**
 * Runs `work` while no other process of this machine does. The lock is a folder with the holder's process id in it: only an
 * empty folder can be removed, and only a folder that exists can be written into, so a dead holder's lock is taken over once.
 */
export async function locked(folder, work) {
  mkdirSync(dirname(folder), { recursive: true });
  const own = join(folder, String(process.pid));
  let told = false;
  while (!take(folder, own)) {
    const holder = clearDead(folder);
    if (holder && !told)
      say(`另一个进程（${holder}）正在安装或编译，等待中 / waiting for process ${holder}, which installs or builds`);
    told ||= Boolean(holder);
    await new Promise(resolve => setTimeout(resolve, 100 + Math.random() * 200));
  }
  try {
    return await work();
  } finally {
    attempt(() => unlinkSync(own));
    attempt(() => rmdirSync(folder));
  }
}

function take(folder, own) {
  if (!attempt(() => mkdirSync(folder)) || !attempt(() => writeFileSync(own, ''))) return false;
  if (readdirSync(folder).length === 1) return true;
  attempt(() => unlinkSync(own));
  return false;
}

function clearDead(folder) {
  let holder;
  attempt(() => {
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      if (alive(Number(name)) && Date.now() - statSync(file).mtimeMs < oldAfterMs) holder = name;
      else attempt(() => unlinkSync(file));
    }
    rmdirSync(folder);
  });
  return holder;
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function attempt(act) {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
