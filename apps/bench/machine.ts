import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { arch, cpus, platform, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { median } from './figure.js';

/** What the figures were taken on. A sync is what a durable commit cannot be faster than: on a virtual disk it is cheap. */
export function machine(): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${processors.length} × ${processors[0]?.model.trim() ?? '?'}`,
    `${memory} GiB`,
    `${platform()} ${release()} ${arch()}`,
    `Node ${process.version}`,
    `4 kB written and synced in ${syncMs().toFixed(2)} ms`,
  ].join(', ');
}

const syncs = 101;

function syncMs(): number {
  const folder = mkdtempSync(join(tmpdir(), 'gongkai-bench-'));
  const file = openSync(join(folder, 'sync'), 'w');
  try {
    const page = Buffer.alloc(4096, 1);
    return median(
      Array.from({ length: syncs }, (_, index) => {
        const begun = performance.now();
        writeSync(file, page, 0, page.length, (index % 16) * page.length);
        fdatasyncSync(file);
        return performance.now() - begun;
      }),
    );
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}
