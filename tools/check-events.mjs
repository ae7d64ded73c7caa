// `node tools/check-events.mjs [--write]`, after a build: is every type of event stored as libs/contracts/event-schemas.json says? `--write`
// records types and versions that are not there yet; what is there is never written anew, since events of that shape are stored.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';
import { say } from './process.mjs';

const { compareSchemas } = await import('../dist/libs/contracts/src/index.js');
const { eventTypes } = await import('../dist/apps/ops/event-types.js');
const file = join(root, 'libs/contracts/event-schemas.json');

const { wrong, fresh, next } = compareSchemas(JSON.parse(readFileSync(file, 'utf8')), eventTypes);
wrong.forEach(sentence => say(sentence));
if (fresh.length > 0 && wrong.length === 0) {
  const names = fresh.join(', ');
  if (process.argv.includes('--write')) {
    writeFileSync(file, `${JSON.stringify(next, null, 2)}\n`);
    say(`已记入 event-schemas.json / recorded: ${names}`);
  } else {
    wrong.push(names);
    say(
      `${names} 还没有记入 event-schemas.json；请运行 node tools/check-events.mjs --write，并把它一起提交。 / ${names}: not recorded yet; run node tools/check-events.mjs --write and commit the file.`,
    );
  }
}
process.exitCode = wrong.length > 0 ? 1 : 0;
