import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { inBoth } from '#contracts';
import { type MasterKey, masterKeysOf } from '#privacy';

const schema = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  GONGKAI_DATA: z.string().min(1).default('./data'),
  /** IANA zone of the authority: dates (`…On`) are in it. */
  GONGKAI_TIME_ZONE: z.string().default('Asia/Shanghai'),
  GONGKAI_AUTHORITY: z.string().optional(),
  /** Organisation code of nine characters, the front part of every index number. */
  GONGKAI_AUTHORITY_CODE: z
    .string()
    .regex(/^[0-9A-Z]{9,18}$/)
    .default('000000000'),
  /** `kurrentdb://…` or `esdb://…`: the event store; absent: a file of the data folder. */
  GONGKAI_EVENTS: z.string().optional(),
  /** Milliseconds one call to that server may take. */
  GONGKAI_EVENTS_DEADLINE_MS: z.coerce.number().int().min(100).max(600_000).optional(),
  /**
   * `mongodb://…`: views and keys; absent: files of the data folder. The first of the two that is set, since the other one may be
   * meant for other programs too.
   */
  GONGKAI_MONGODB: z.string().optional(),
  MONGODB_URL: z.string().optional(),
  /** Milliseconds one call to that server may take. */
  GONGKAI_MONGODB_DEADLINE_MS: z.coerce.number().int().min(100).max(600_000).optional(),
  /** Milliseconds after which another process takes the place of one that fell silent; absent: by the kind of read store. */
  GONGKAI_LEASE_MS: z.coerce.number().int().min(200).max(600_000).optional(),
  /** Seconds between two looks at whether documents are the fold of their events. */
  GONGKAI_REFOLD_SECONDS: z.coerce.number().min(0.1).max(86_400).default(60),
  /** Bearer of `GET /metrics`; without it anybody who reaches the gateway may read them. */
  GONGKAI_METRICS_TOKEN: z.string().min(8).optional(),
  NODE_ENV: z.string().default('development'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).optional(),
  /** `nats://…` or `tls://…`: rooms answer over NATS; absent: in process. */
  GONGKAI_NATS: z.string().optional(),
  GONGKAI_NATS_USER: z.string().optional(),
  GONGKAI_NATS_PASSWORD: z.string().optional(),
  GONGKAI_NATS_TOKEN: z.string().optional(),
  GONGKAI_NATS_CREDS: z.string().optional(),
  GONGKAI_NATS_CA: z.string().optional(),
  GONGKAI_NATS_CERT: z.string().optional(),
  GONGKAI_NATS_KEY: z.string().optional(),
  /** Milliseconds a room has to answer. */
  GONGKAI_DEADLINE_MS: z.coerce.number().int().min(100).default(10_000),
  /** Verifying tokens: a JWKS address, or a public key (SPKI PEM) file. */
  GONGKAI_JWKS: z.string().optional(),
  GONGKAI_JWT_KEY: z.string().optional(),
  GONGKAI_JWT_ISSUER: z.string().optional(),
  GONGKAI_JWT_AUDIENCE: z.string().default('gongkai'),
  /** Wraps the keys of personal data: 32 bytes in base64; of several, by comma, the first wraps and the others still unwrap. */
  GONGKAI_MASTER_KEY: z
    .string()
    .transform((text, context) => {
      const keys = masterKeysOf(text);
      if (!keys) context.addIssue({ code: 'custom', message: 'not 32 bytes in base64' });
      return keys ?? [];
    })
    .optional(),
  GONGKAI_MASTER_KEY_FILE: z.string().optional(),
  /** Requests a minute: per address, and per actor. */
  GONGKAI_LIMIT_PER_ADDRESS: z.coerce.number().int().min(1).default(600),
  GONGKAI_LIMIT_PER_ACTOR: z.coerce.number().int().min(1).default(1200),
});

export type Environment = z.infer<typeof schema>;

export interface Config {
  port: number;
  host: string;
  dataFolder: string;
  timeZone: string;
  authority: string;
  authorityCode: string;
  production: boolean;
  logLevel: NonNullable<Environment['LOG_LEVEL']>;
  deadlineMs: number;
  /** After so long without a sign of life from the process that keeps a view up to date, another takes its place. */
  leaseMs?: number;
  /** Between two looks at whether documents are the fold of their events. */
  refoldEveryMs: number;
  metricsToken?: string;
  nats?: NatsConfig;
  /** Servers; what is not named here is a file of the data folder. */
  stores: { events?: ServerAt; mongodb?: ServerAt };
  tokens: { jwks?: string; keyFile?: string; issuer?: string; audience: string };
  limits: { perAddress: number; perActor: number };
  /** The keys themselves, or the file that holds them: read by who needs them, which the gateway does not. */
  masterKey: { keys?: MasterKey[]; file?: string };
}

export interface ServerAt {
  url: string;
  deadlineMs?: number;
}

export interface NatsConfig {
  servers: string;
  user?: string;
  password?: string;
  token?: string;
  credsFile?: string;
  caFile?: string;
  certFile?: string;
  keyFile?: string;
}

/** A setting cannot be used; the sentence names it. */
export class ConfigInvalid extends Error {
  override readonly name = 'ConfigInvalid';
}

/** @throws ConfigInvalid naming the setting, in Chinese and English */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(present);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(issue => ({ name: issue.path.join('.'), ...inBoth(issue) }));
    throw new ConfigInvalid(
      `环境变量设置有误：${issues.map(({ name, zh }) => `${name}（${zh}）`).join('；')}。 / A setting is not valid: ${issues.map(({ name, en }) => `${name} (${en})`).join('; ')}.`,
    );
  }
  const env = parsed.data;
  try {
    new Intl.DateTimeFormat('en', { timeZone: env.GONGKAI_TIME_ZONE });
  } catch {
    throw new ConfigInvalid(
      `GONGKAI_TIME_ZONE 不是有效的时区：${env.GONGKAI_TIME_ZONE}。 / GONGKAI_TIME_ZONE is not a time zone: ${env.GONGKAI_TIME_ZONE}.`,
    );
  }
  const dataFolder = resolve(env.GONGKAI_DATA);
  return {
    port: env.PORT,
    host: env.HOST,
    dataFolder,
    timeZone: env.GONGKAI_TIME_ZONE,
    authority: env.GONGKAI_AUTHORITY ?? readFolder(dataFolder)?.authority ?? '本机关',
    authorityCode: env.GONGKAI_AUTHORITY_CODE,
    production: env.NODE_ENV === 'production',
    // At a desk the terminal is for its sentences; an installation keeps a line per decision.
    logLevel: env.LOG_LEVEL ?? (env.NODE_ENV === 'production' ? 'info' : 'warn'),
    deadlineMs: env.GONGKAI_DEADLINE_MS,
    ...(env.GONGKAI_METRICS_TOKEN ? { metricsToken: env.GONGKAI_METRICS_TOKEN } : {}),
    refoldEveryMs: env.GONGKAI_REFOLD_SECONDS * 1_000,
    ...(env.GONGKAI_LEASE_MS === undefined ? {} : { leaseMs: env.GONGKAI_LEASE_MS }),
    ...(env.GONGKAI_NATS ? { nats: natsOf(env) } : {}),
    stores: {
      ...serverAt('events', env.GONGKAI_EVENTS, env.GONGKAI_EVENTS_DEADLINE_MS),
      ...serverAt('mongodb', env.GONGKAI_MONGODB ?? env.MONGODB_URL, env.GONGKAI_MONGODB_DEADLINE_MS),
    },
    tokens: {
      ...(env.GONGKAI_JWKS ? { jwks: env.GONGKAI_JWKS } : {}),
      ...(env.GONGKAI_JWT_KEY ? { keyFile: env.GONGKAI_JWT_KEY } : {}),
      ...(env.GONGKAI_JWT_ISSUER ? { issuer: env.GONGKAI_JWT_ISSUER } : {}),
      audience: env.GONGKAI_JWT_AUDIENCE,
    },
    limits: { perAddress: env.GONGKAI_LIMIT_PER_ADDRESS, perActor: env.GONGKAI_LIMIT_PER_ACTOR },
    masterKey: {
      ...(env.GONGKAI_MASTER_KEY ? { keys: env.GONGKAI_MASTER_KEY } : {}),
      ...(env.GONGKAI_MASTER_KEY_FILE ? { file: env.GONGKAI_MASTER_KEY_FILE } : {}),
    },
  };
}

function serverAt(name: keyof Config['stores'], url: string | undefined, deadlineMs: number | undefined): Config['stores'] {
  return url === undefined ? {} : { [name]: { url, ...(deadlineMs === undefined ? {} : { deadlineMs }) } };
}

function natsOf(env: Environment): NatsConfig {
  const optional = {
    user: env.GONGKAI_NATS_USER,
    password: env.GONGKAI_NATS_PASSWORD,
    token: env.GONGKAI_NATS_TOKEN,
    credsFile: env.GONGKAI_NATS_CREDS,
    caFile: env.GONGKAI_NATS_CA,
    certFile: env.GONGKAI_NATS_CERT,
    keyFile: env.GONGKAI_NATS_KEY,
  };
  return {
    servers: env.GONGKAI_NATS!,
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as Partial<NatsConfig>),
  };
}

export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^(::ffff:)?127\./.test(address);
}

/** What a data folder is for, decided once at its first start and kept in it: a later start never mixes the two. */
export interface Folder {
  holds: 'example' | 'office';
  loaded: boolean;
  authority?: string;
}

export const folderFile = 'folder.json';
export const folderSchema = z.looseObject({
  holds: z.enum(['example', 'office']),
  loaded: z.boolean(),
  authority: z.string().optional(),
});

export function readFolder(dataFolder: string): Folder | null {
  const file = join(dataFolder, folderFile);
  if (!existsSync(file)) return null;
  try {
    return folderSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) as Folder;
  } catch {
    throw new ConfigInvalid(`${file} 读不懂，请从备份恢复它。 / ${file} cannot be read; restore it from a backup.`);
  }
}
