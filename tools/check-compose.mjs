// docker-compose.yml against the compose specification's schema, and its commands against the processes that apps/services starts.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ajvDraft07 from 'ajv';
import ajv2019 from 'ajv/dist/2019.js';
import ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = path => readFileSync(join(root, path), 'utf8');

const compose = parse(read('docker-compose.yml'), { merge: true });
const faults = [...schemaFaults(compose), ...commandFaults(compose)];
for (const fault of faults) process.stderr.write(`docker-compose.yml: ${fault}\n`);
const services = Object.keys(compose.services ?? {}).length;
process.stdout.write(
  faults.length === 0
    ? `compose: 通过 / passed (${services} services)\n`
    : `compose: 未通过 / failed (${faults.length} faults)\n`,
);
process.exitCode = faults.length === 0 ? 0 : 1;

function schemaFaults(document) {
  // The schema names its draft as https://…, which is not the draft's own id: the class is chosen by it, and it is left out.
  const { $schema: draft = '', ...schema } = JSON.parse(read('deploy/compose-spec.json'));
  const { default: Ajv } = /2020-12/.test(draft) ? ajv2020 : /2019-09/.test(draft) ? ajv2019 : ajvDraft07;
  const ajv = new Ajv({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  if (validate(document)) return [];
  return validate.errors.map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}

function commandFaults({ services = {} }) {
  const entrypoint = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(read('deploy/Dockerfile'))?.[1] ?? '[]');
  if (entrypoint.join(' ') !== 'node --enable-source-maps')
    return ['deploy/Dockerfile starts another program than apps/services does'];
  const supervisor = read('apps/services/main.ts');
  const started = new Set();
  const wrong = Object.entries(services).flatMap(([service, { build, command }]) => {
    if (!build) return [];
    const name = Array.isArray(command) && command.length === 1 && /^dist\/apps\/([a-z-]+)\/main\.js$/.exec(command[0])?.[1];
    if (!name) return [`/services/${service}/command is not ["dist/apps/<name>/main.js"]`];
    started.add(name);
    if (!existsSync(join(root, `apps/${name}/main.ts`)))
      return [`/services/${service}/command: there is no apps/${name}/main.ts`];
    if (!supervisor.includes(`'${name}'`)) return [`/services/${service}/command: apps/services does not start ${name}`];
    return [];
  });
  const missing = ['gateway', 'catalogue', 'channels', 'requests', 'statistics'].filter(name => !started.has(name));
  return [...wrong, ...missing.map(name => `no service starts ${name}`)];
}
